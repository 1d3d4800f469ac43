#include "science/gamma/start_shape.h"

namespace beltwarden::gamma {

Eigen::ArrayXd start_shape(const TemplateLibrary& library, std::string_view nuclide, std::span<const double> edges) {
  const auto bins = static_cast<Eigen::Index>(edges.size()) - 1;
  const TemplateLibrary own = response_templates();
  for (const TemplateLibrary* one : {&library, &own}) {
    for (const auto& source : one->templates) {
      if (source.nuclide != nuclide) continue;
      const auto shape = one->shape(source, edges);
      if (shape.empty()) continue;
      const Eigen::ArrayXd result = Eigen::Map<const Eigen::ArrayXd>(shape.data(), bins) + 1e-6;
      return result / result.sum();
    }
  }
  return Eigen::ArrayXd::Constant(bins, 1.0 / static_cast<double>(bins));
}

}  // namespace beltwarden::gamma
