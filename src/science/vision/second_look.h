// A second look at the oddest places of a frame, through a network that was trained on pictures of everyday things: what the brand's
// own small network, which has seen fifty frames, takes for a thing or for ore, this one knows better by its grain and sheen.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/executor.h"
#include "base/result.h"
#include "science/vision/blobs.h"
#include "science/vision/net/backbone.h"
#include "science/vision/picture.h"
#include "science/vision/tone.h"

namespace beltwarden::vision {

/// Pixels a side of the window that is looked at.
inline constexpr int kWindowSide = 96;

/// A linear reading of the backbone's features: logistic regression, ridge by weight decay.
struct SecondLook {
  std::shared_ptr<const net::Backbone> backbone;   ///< none: there is no second look
  std::vector<float> centre, scale;                ///< of each feature, over what it was fitted on
  std::vector<float> weight;
  double bias = 0;                                 ///< so that half of the oddest places of clean ore get less than 0

  bool empty() const { return backbone == nullptr; }
};

/// A square of kWindowSide pixels round a point of a frame.
struct Window {
  const ImageView* frame = nullptr;
  const Tone* tone = nullptr;
  double x = 0, y = 0;   ///< its middle, pixels
};

/// Puts up to eight windows, in the light that all windows are put in, into the backbone's input. What lies outside a frame repeats its edge.
void put_windows(std::span<const Window> windows, net::Planes& input);

struct Place {
  double x = 0, y = 0;   ///< pixels
  int column = 0, row = 0;
  float logit = 0;
};

/// The places where the evidence is highest, six cells or more apart, highest first: the highest cell of each block of six by six, as far as those
/// are apart, which may be fewer than `most`.
std::vector<Place> oddest_places(const EvidenceMap& evidence, std::size_t most);

/// Views into `frame` and `tone`, which must outlive them.
std::vector<Window> windows_round(std::span<const Place> places, const ImageView& frame, const Tone& tone);

/// How many places of a picture are looked at again: one to eight up to half as much again as 480 x 360 pixels, in proportion; twelve to sixteen
/// of more, which is two batches.
std::size_t places_of(const ImageView& frame);

/// Looks, with its own scratch memory. One at a time.
class SecondLooker {
 public:
  explicit SecondLooker(SecondLook look, int lanes = 1) : look_(std::move(look)), scratch_(static_cast<std::size_t>(lanes)) {}

  bool empty() const { return look_.empty(); }
  /// What the backbone reads in windows, a row each; eight take as long as one. `executor` may take them side by side.
  std::vector<std::vector<float>> features(std::span<const Window> windows, const Executor& executor);
  /// Raises or lowers the evidence within six cells of the oddest places, and at what belongs to them, by what it sees there; where places
  /// lie as near to each other, by the higher reading.
  void look_again(const ImageView& frame, const Tone& tone, EvidenceMap& evidence, const Executor& executor);

 private:
  SecondLook look_;
  std::vector<net::Backbone::Scratch> scratch_;
};

/// What a window shows, to fit by.
struct WindowExample {
  std::vector<float> features;
  bool object = false;
  bool oddest_of_clean = false;   ///< of a clean frame, one of its oddest places: half of these get less than 0
};

/// Minimises the mean cross-entropy, objects and ore weighing the same, by Adam with decoupled weight decay (Loshchilov and Hutter 2019).
/// Expects examples of both kinds, and of clean ore's oddest places.
Result<SecondLook> fit_second_look(std::shared_ptr<const net::Backbone> backbone, std::span<const WindowExample* const> examples, std::uint64_t seed);

std::string to_bytes(const SecondLook& look);
Result<SecondLook> second_look_from_bytes(std::string_view bytes, const std::string& origin);

}  // namespace beltwarden::vision
