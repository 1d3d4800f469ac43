// Where an ore's shape starts before it is learnt. Internal to this module, as nonnegative.h.
#pragma once

#include <Eigen/Dense>
#include <span>
#include <string_view>

#include "science/gamma/source_templates.h"

namespace beltwarden::gamma {

/// The nuclide's first template of the library, else of the response model, else a flat one; sums to 1 and is nowhere 0.
Eigen::ArrayXd start_shape(const TemplateLibrary& library, std::string_view nuclide, std::span<const double> edges_kev);

}  // namespace beltwarden::gamma
