#include <algorithm>
#include <cmath>
#include <set>

#include "apps/lab/vision/evaluation.h"
#include "apps/lab/vision/picture_folder.h"
#include "apps/lab/vision/sequence_tracking.h"

namespace beltwarden::lab {

Result<SequenceFigures> evaluate_sequences(const VisionModel& model, const std::string& data, const Progress& progress) {
  auto list = CsvTable::read(data + "/sequences.csv");
  auto tracks = CsvTable::read(data + "/tracks.csv");
  if (!list) return list.error();
  if (!tracks) return tracks.error();
  std::vector<std::size_t> column;
  for (const char* name : {"sequence", "frame", "object_id", "x", "y", "w", "h"}) {
    auto c = tracks->column(name);
    if (!c) return c.error();
    column.push_back(*c);
  }
  auto name = list->column("sequence"), step = list->column("px_per_frame");
  if (!name) return name.error();
  if (!step) return step.error();
  std::map<std::string, std::map<long, std::map<std::string, Box>>> truth;
  for (std::size_t r = 0; r < tracks->rows(); ++r) {
    std::map<std::size_t, double> number;
    for (const std::size_t c : {1, 3, 4, 5, 6}) {
      auto value = tracks->number(r, column[c]);
      if (!value) return value.error();
      number[c] = *value;
    }
    truth[tracks->at(r, column[0])][std::lround(number[1])][tracks->at(r, column[2])] = {number[3], number[4], number[5], number[6]};
  }
  auto eye = ModelEye::open(model);
  if (!eye) return eye.error();
  SequenceFigures out;
  for (std::size_t r = 0; r < list->rows(); ++r) {
    const std::string& sequence = list->at(r, *name);
    auto paths = list_pictures(data + "/sequences/" + sequence);
    if (!paths) return paths.error();
    auto given_px = list->number(r, *step);
    if (!given_px) return given_px.error();
    const double px = *given_px;
    auto measured = measure_px_per_frame(*paths);
    if (measured) out.largest_shift_miss_px = std::max(out.largest_shift_miss_px, std::abs(*measured - px));
    auto tracked = track_sequence(model, *eye, *paths, px, [&](double share) {
      progress((static_cast<double>(r) + share) / static_cast<double>(list->rows()));
    });
    if (!tracked) return tracked.error();
    std::set<std::string> objects;
    for (const auto& [frame, boxes] : truth[sequence]) {
      for (const auto& [id, box] : boxes) objects.insert(id);
    }
    ++out.sequences;
    out.without += objects.empty();
    std::set<std::string> hit;
    for (const TrackedEvent& one : tracked->events) {
      bool matched = false;
      for (const auto& [id, box] : truth[sequence][one.event.best_frame]) {
        if (!finds(one.event.box, box)) continue;
        hit.insert(id);
        matched = true;
        break;
      }
      if (matched) ++out.events;
      else ++(objects.empty() ? out.false_without : out.false_with);
    }
    out.planted += static_cast<int>(objects.size());
    out.found += static_cast<int>(hit.size());
  }
  return out;
}

}  // namespace beltwarden::lab
