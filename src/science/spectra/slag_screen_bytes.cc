#include "science/spectra/slag_screen.h"
#include "science/spectra/slag_screen_parts.h"
#include "science/spectra/slag_templates.h"

namespace beltwarden::spectra {
using namespace slag_parts;
namespace {

constexpr std::string_view kSlagScreenKind = "SLAG";
constexpr std::uint32_t kSlagScreenVersion = 4;

}  // namespace

std::string SlagScreen::to_bytes() const {
  ModelWriter to;
  treatment_.write(to);
  to.f64(false_alarms_);
  to.f64(slag_share_of_alarms_);
  to.matrix(held_out_);
  to.u32(static_cast<std::uint32_t>(bins_));
  to.vector(mean_);
  to.matrix(whitening_);
  to.matrix_f32(paths_);
  to.matrix_f32(members_);
  to.u32(static_cast<std::uint32_t>(member_names_.size()));
  for (std::size_t i = 0; i < member_names_.size(); ++i) to.text(member_names_[i]), to.text(member_kinds_[i]);
  to.f64(spread_);
  to.f64(softness_);
  to.f64(grains_);
  for (double v : {clean_.mean, clean_.lot, clean_.slice}) to.f64(v);
  to.matrix(response_);
  to.matrix_f32(trials_);
  to.u32(static_cast<std::uint32_t>(levels_.size()));
  for (const auto& l : levels_) {
    for (double v : {l.scans, l.count, l.like_mean, l.like_sd, l.like_limit, l.strange_mean, l.strange_sd, l.strange_limit, l.along_sd}) to.f64(v);
  }
  return to.finish(kSlagScreenKind, kSlagScreenVersion);
}

Result<SlagScreen> SlagScreen::from_bytes(std::string_view bytes) {
  auto from = ModelReader::open(bytes, kSlagScreenKind, kSlagScreenVersion);
  if (!from) return from.error();
  SlagScreen m;
  m.treatment_ = Treatment::read(*from);
  m.false_alarms_ = from->f64();
  m.slag_share_of_alarms_ = from->f64();
  m.held_out_ = from->matrix();
  m.bins_ = from->u32(static_cast<std::uint32_t>(kMostBins));
  m.mean_ = from->vector();
  m.whitening_ = from->matrix();
  const auto slags = [&] { return from->version() >= 4 ? from->matrix_f32() : from->matrix(); };
  m.paths_ = slags();
  m.members_ = slags();
  m.member_names_.resize(from->u32(kMostMembers));
  m.member_kinds_.resize(m.member_names_.size());
  for (std::size_t i = 0; i < m.member_names_.size(); ++i) m.member_names_[i] = from->text(), m.member_kinds_[i] = from->text();
  m.spread_ = from->f64();
  m.softness_ = from->f64();
  if (from->version() >= 2) m.grains_ = from->f64();
  if (from->version() >= 3) {
    for (double* v : {&m.clean_.mean, &m.clean_.lot, &m.clean_.slice}) *v = from->f64();
    m.response_ = from->matrix();
    if (m.response_.rows() > 0 && (!(m.clean_.mean >= 0) || !(m.clean_.lot > 0) || !(m.clean_.slice > 0))) from->fail("what was learnt of lots does not fit");
  }
  if (from->version() >= 4) m.trials_ = from->matrix_f32();
  else m.response_.resize(0, 0);   // of slags that showed as much as any may
  if (m.response_.rows() > 0 && (m.response_.cols() != kSlagSteps || m.response_.rows() * kSlagSteps != m.trials_.rows())) {
    from->fail("what was learnt of lots does not fit the slags");
  }
  m.levels_.resize(from->u32(32));
  for (auto& l : m.levels_) {
    for (double* v : {&l.scans, &l.count, &l.like_mean, &l.like_sd, &l.like_limit, &l.strange_mean, &l.strange_sd, &l.strange_limit}) {
      *v = from->f64();
    }
    if (from->version() >= 4) l.along_sd = from->f64();
    if (from->ok() && !(l.along_sd >= 1 && l.like_sd > 0 && l.strange_sd > 0 && l.like_limit > 0 && l.strange_limit > 0)) from->fail("a limit is not positive");
  }
  const Eigen::Index p = m.bins_;
  if (from->ok() && (p < 3 || p > m.treatment_.outputs() || m.mean_.size() != p || m.whitening_.rows() != p || m.whitening_.cols() != p ||
                     m.levels_.empty() || m.paths_.rows() % kSlagSteps != 0 || (m.paths_.rows() > 0 && m.paths_.cols() != p) ||
                     (m.trials_.rows() > 0 && (m.trials_.cols() != p || m.trials_.rows() % (kLaws * kSlagSteps) != 0)) ||
                     m.members_.rows() != static_cast<Eigen::Index>(m.member_names_.size()) * kSlagSteps ||
                     (m.members_.rows() > 0 && m.members_.cols() != p) || (m.held_out_.rows() > 0 && m.held_out_.cols() != p) ||
                     !(m.slag_share_of_alarms_ > 0 && m.slag_share_of_alarms_ < 1) || !(m.false_alarms_ > 0 && m.false_alarms_ < 0.5) ||
                     !(m.spread_ > 0) || !(m.softness_ > 0) || !(m.grains_ >= 0))) {
    from->fail("parts of the screen do not fit each other");
  }
  if (auto ok = from->done(); !ok) return ok.error();
  m.settle();
  return m;
}

}  // namespace beltwarden::spectra
