// The inspectors of a line, made from a pack.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "inspect/inspector.h"
#include "pack/pack.h"
#include "science/vision/appearance.h"
#include "science/vision/brand_networks.h"

namespace beltwarden::pack {

/// Every inspector of the registry, in its order, with the pack's models and limits and stamped with the pack. One whose
/// model the pack does not have is made unfitted and says so; one whose model does not fit is an error. The inspectors keep
/// nothing of `pack`.
Result<std::vector<std::unique_ptr<inspect::Inspector>>> make_inspectors(const Pack& pack);

/// What the rim looks through: models/belt_network.bin, and the appearances of inclusion_recognition that its findings are
/// weighed by. Both are empty where the pack has none.
struct CameraModels {
  vision::BrandNetworks networks;
  std::vector<vision::BrandAppearance> appearances;
};
Result<CameraModels> camera_models(const Pack& pack);

/// Reads every model of the pack as its inspector or the rim would: what `pack check` does beyond signature and text.
Result<void> check_models(const Pack& pack);

/// What is right to read and yet says less than it could, a sentence each: slag screens whose limits hold for single scans only, or that cannot
/// judge means over slices. The pack serves all the same.
Result<std::vector<std::string>> model_warnings(const Pack& pack);

}  // namespace beltwarden::pack
