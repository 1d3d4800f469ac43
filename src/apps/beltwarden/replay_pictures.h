// What another pack's networks see in the pictures that a journal kept: those pinned as evidence and those of its archive.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "apps/site/rim.h"
#include "base/result.h"
#include "material/intervals.h"
#include "material/observation.h"
#include "wire/codec.h"

namespace beltwarden::app {

/// Looks at kept pictures and puts what it sees in the place of what was journaled. Feed the journal twice: first every
/// observation and picture in order to `gather`, then every observation to `replace`.
class PicturesSeenAgain {
 public:
  explicit PicturesSeenAgain(site::RimModels models) : rim_(std::move(models)) {}

  bool looks() const { return rim_.has_networks(); }
  void gather(const material::Observation& observation);
  /// A picture that cannot be read is an error; one whose reading is not in the journal, or whose brand has no network for its
  /// scale, is passed over.
  Result<void> gather(const wire::EvidenceBlob& picture);

  /// The reading with the candidates that the pack's network and colour find in the kept picture. Readings without one stay as
  /// journaled.
  void replace(material::Observation& observation);

  struct Share {
    std::uint64_t pictures = 0, seen_again = 0;
    double tonnes = 0, seen_again_t = 0;     ///< that cameras saw, and of them those on pictures seen again
  };
  Share share() const;

 private:
  struct Note {                              // of a journaled reading, until its picture comes
    double mm_per_px = 0;
    std::string brand;
  };
  struct Again {
    std::vector<material::FrameCandidate> candidates;
    material::FrameHeat heat;
  };
  site::Rim rim_;
  std::map<LotId, std::string> brands_;
  std::map<Sha256, Note> notes_;
  std::map<Sha256, Again> again_;
  std::map<LotId, std::vector<TonneInterval>> seen_, seen_again_;
  std::uint64_t pictures_ = 0;
};

}  // namespace beltwarden::app
