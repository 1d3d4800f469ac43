// A network that a site brings along, as TorchScript with a manifest. It runs in a process apart (torch/torch_eye_main.cc) that
// gets pictures and gives evidence through pipes, cannot write or open files and has bounded memory and processor time.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.h"
#include "science/vision/detector.h"

namespace beltwarden::lab {

struct ForeignNetwork {
  std::string name;
  double mm_per_px = 0;
  int cell_px = 8;                       ///< pixels a side of a cell of its answer
  int multiple_of_px = 8;                ///< sides of the pictures it takes; the last row and column are repeated up to it
  bool rgb = true;                       ///< order of the colours, else blue, green, red
  bool probability = false;              ///< its answer is a probability, else the logarithm of the odds
  std::array<double, 3> mean{0, 0, 0};   ///< taken off each colour's 8-bit value, in the order it takes them
  std::array<double, 3> scale{1, 1, 1};  ///< then divided by
  std::string bytes;                     ///< the TorchScript file
};

/// The manifest's keys are the fields' names; `colours` is "rgb" or "bgr", `answer` is "logit" or "probability".
Result<ForeignNetwork> foreign_network_from_manifest(std::string_view toml, std::string torchscript, const std::string& origin);

std::string to_bytes(const ForeignNetwork& network);
Result<ForeignNetwork> foreign_network_from_bytes(std::string_view bytes, const std::string& origin);

/// Starts the process, which lies beside this program as beltwarden-torch-eye. An answer that does not come within a minute,
/// or of another size than the manifest says, is an error, and so is everything after it.
Result<vision::Detector::EvidenceSource> open_foreign(const ForeignNetwork& network);

}  // namespace beltwarden::lab
