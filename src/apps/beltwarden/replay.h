// A recorded journal, judged again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apps/beltwarden/replay_pictures.h"
#include "base/result.h"
#include "inspect/inspector.h"

namespace beltwarden::app {

struct ReplayOutcome {
  std::string csv;                        ///< a row a measured value of each finding; the header names the columns
  std::vector<std::string> findings;      ///< each finding's bytes as the site journals them
  std::vector<std::string> journaled;     ///< the bytes of the findings that the journal holds
  std::uint64_t observations = 0;
  PicturesSeenAgain::Share pictures;
};

/// Runs the journal's observations through `inspectors`, pictures as `models` sees those that the journal kept (PicturesSeenAgain);
/// without networks they are judged as the rim measured them. Instruments' kinds are taken from their readings, so a journal can
/// be replayed without its site's settings. `progress` gets the share of entries done, 0 to 1.
Result<ReplayOutcome> replay(const std::filesystem::path& journal, std::vector<std::unique_ptr<inspect::Inspector>> inspectors,
                             site::RimModels models = {}, const std::function<void(double)>& progress = {});

}  // namespace beltwarden::app
