// At the rim, pixels become measurements: only those travel on.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/executor.h"
#include "base/result.h"
#include "instruments/driver.h"
#include "material/reading.h"
#include "science/vision/appearance.h"
#include "science/vision/brand_networks.h"
#include "science/vision/frame_analysis.h"
#include "science/vision/frame_health.h"

namespace beltwarden::site {

/// What the rim takes from a pack beyond colour: both may be empty.
struct RimModels {
  vision::BrandNetworks networks;
  std::vector<vision::BrandAppearance> appearances;   ///< what the networks' findings are weighed by
};

/// What a frame says by itself.
struct MeasuredFrame {
  material::Reading reading;   ///< a FrameReading; WindowWatches completes its condition
  vision::LoadMask load;
};

/// Measures frames, in any order. One a thread.
class Rim {
 public:
  /// `lanes`: threads that look at one picture, where there is a network of its brand.
  explicit Rim(RimModels models = {}, int lanes = 1);

  /// Digest, measurements, how it was taken, candidates. Where there is a network of `brand` for pixels of
  /// that size, what it finds joins the candidates that stand out by colour, as strong as it is rare on clean ore, with the class
  /// that the network's classifier gives it; what officers called ore is lowered, and so is what lies on bare belt. An error
  /// names what about the picture does not fit.
  Result<MeasuredFrame> measure(const instruments::RawFrame& frame, std::string_view brand = {});

  bool has_networks() const { return !networks_.empty(); }
  /// Why pictures of `brand` are judged by colour alone; empty when they are not.
  std::string without_network(std::string_view brand, double mm_per_px) const;

 private:
  struct Network {
    Network(vision::BrandModel m, int lanes, const Executor& executor)
        : model(std::move(m)), eye(model, vision::Detector(model.detector, lanes, executor)) {}
    Network(const Network&) = delete;   // the eye looks through this very model
    Network& operator=(const Network&) = delete;
    vision::BrandModel model;
    vision::BrandEye eye;
  };
  bool join_things(Result<vision::EvidenceMap> evidence, Network& network, std::string_view brand, const vision::ImageView& view,
                   double mm_per_px, vision::FrameAnalysis& analysis);

  Executor executor_;
  std::map<std::string, Network, std::less<>> networks_;
  std::vector<vision::BrandAppearance> appearances_;
  vision::AnalyseScratch scratch_;
};

/// What lies on each camera's window, from picture to picture.
class WindowWatches {
 public:
  /// Each camera's frames in order.
  void look(const instruments::RawFrame& frame, MeasuredFrame& measured);

 private:
  std::map<InstrumentId, vision::WindowWatch> windows_;
};

}  // namespace beltwarden::site
