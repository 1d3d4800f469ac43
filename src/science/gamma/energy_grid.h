// Spectra on other energy edges: folded, stretched, shifted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace beltwarden::gamma {

/// Splits the content of channels over bins in proportion where an edge runs through a channel. Made once for a pair of
/// edges. What lies outside the bins is dropped.
class Fold {
 public:
  Fold() = default;
  /// Both sets of edges rise, keV.
  Fold(std::span<const double> from_kev, std::span<const double> to_kev);

  bool is_identity() const { return identity_; }
  std::size_t channels() const { return channels_; }
  std::size_t bins() const { return bins_; }
  void apply(std::span<const std::uint32_t> counts, std::span<double> bins) const;
  void apply(std::span<const double> counts, std::span<double> bins) const;

 private:
  template <class T>
  void add(std::span<const T> counts, std::span<double> bins) const;
  struct Part {
    std::uint32_t channel, bin;
    double share;
  };
  std::vector<Part> parts_;
  std::size_t channels_ = 0, bins_ = 0;
  bool identity_ = false;
};

/// The content of bins when every energy is multiplied by `stretch` (a gain of 1.01 shows a line of 1,000 keV at
/// 1,010). Through a cubic of the cumulative content, which keeps peaks as wide as they are. What comes in from beyond
/// an end is taken to be as dense as the bin there. `shape` and the result have one value less than there are edges.
std::vector<double> stretched(std::span<const double> shape, std::span<const double> edges_kev, double stretch);

/// At most 200 bins for the monitor to work in: the channels' own edges where there are few enough, else groups of
/// whole channels of about equal width in the square root of energy, 30 to 3,000 keV.
std::vector<double> working_edges(std::span<const double> channel_edges_kev);

}  // namespace beltwarden::gamma
