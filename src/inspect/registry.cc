#include "inspect/registry.h"

namespace beltwarden::inspect {

const std::vector<std::pair<std::string, InspectorFactory>>& inspector_registry() {
  static const std::vector<std::pair<std::string, InspectorFactory>> registry{
      // One line an inspector, in the order of docs/design.md section 5: {"brand_regression", &make_brand_regression},
  };
  return registry;
}

}  // namespace beltwarden::inspect
