// What a power cut, a full disk and a bad sector do to a journal.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <thread>

#include "base/rng.h"
#include "journal/format.h"
#include "journal/journal.h"
#include "journal/reader.h"
#include "journal/test_folder.h"
#include "journal/verify.h"

namespace beltwarden::journal {
namespace {

const Time kStart = *parse_rfc3339("2026-03-01T08:00:00Z");

std::string payload_of(std::uint64_t sequence) { return "entry " + std::to_string(sequence) + std::string(sequence % 7, '.'); }

class DamageTest : public testing::Test {
 protected:
  Options options(const std::filesystem::path& folder) const {
    Options o;
    o.folder = folder;
    o.site = SiteId("qingdao");
    o.segment_bytes = 4096;
    o.fsync = false;  // the loops below open thousands of journals; those who need it set it
    return o;
  }
  Result<std::unique_ptr<Journal>> try_open(const std::filesystem::path& folder) {
    return Journal::open(options(folder), *log_, clock_);
  }
  void fill(const std::filesystem::path& folder, std::uint64_t entries) {
    auto journal = try_open(folder);
    ASSERT_TRUE(journal) << journal.error().message;
    while ((*journal)->last_sequence() < entries) {
      const auto sequence = (*journal)->last_sequence() + 1;
      ASSERT_TRUE((*journal)->append(EntryKind::kEvent, kStart, payload_of(sequence)));
    }
  }
  static void put_byte(const std::filesystem::path& path, std::size_t at, char byte) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(at)).put(byte);
  }
  // Where each entry of a segment begins; the last element is the segment's length.
  static std::vector<std::size_t> frames_of(const std::string& segment) {
    std::vector<std::size_t> starts;
    std::size_t at = kBlockBytes;
    for (; at < segment.size(); at += read_frame(std::string_view(segment).substr(at)).bytes()) starts.push_back(at);
    starts.push_back(at);
    return starts;
  }

  TestFolder folder_;
  std::unique_ptr<Log> log_ = make_null_log();
  ManualClock clock_{kStart};
};

TEST_F(DamageTest, EveryFlippedByteIsFoundAndItsEntryNamed) {
  const auto folder = folder_.journal();
  fill(folder, 60);
  const auto first = folder / segment_name(1);
  const auto starts = frames_of(file_bytes(first));
  const std::uint64_t second_first = starts.size();  // sequences 1 ... starts.size() - 1 are in the first segment
  ASSERT_LT(second_first, 60u);
  const auto second = folder / segment_name(second_first);
  ASSERT_TRUE(std::filesystem::exists(second));

  for (const auto& path : {first, second}) {
    const std::uint64_t base = path == first ? 1 : second_first;
    const std::string good = file_bytes(path);
    const auto frames = frames_of(good);
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
      put_byte(path, at, bad[at]);
      // A damaged header is reported with the first entry behind it.
      std::uint64_t named = base;
      for (std::size_t i = 0; i + 1 < frames.size(); ++i) {
        if (at >= frames[i]) named = base + i;
      }
      auto report = verify(folder);
      ASSERT_FALSE(report) << path << " byte " << at;
      ASSERT_NE(report.error().message.find("entry " + std::to_string(named)), std::string::npos)
          << "byte " << at << ": " << report.error().message;
      auto opened = try_open(folder);
      ASSERT_FALSE(opened) << path << " byte " << at;
      ASSERT_NE(opened.error().message.find("entry " + std::to_string(named)), std::string::npos)
          << "byte " << at << ": " << opened.error().message;
      ASSERT_EQ(file_bytes(path), bad) << "a refused journal must be left as it is";
      put_byte(path, at, good[at]);
    }
  }
  const std::string state = file_bytes(folder / kStateName);
  for (std::size_t at = 0; at < state.size(); ++at) {
    std::string bad = state;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    put_file(folder / kStateName, bad);
    ASSERT_FALSE(verify(folder)) << "state byte " << at;
  }
  std::filesystem::remove(folder / kStateName);
  EXPECT_EQ(verify(folder).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(verify(folder_.path()).error().code, ErrorCode::kNotFound);  // no journal at all
  put_file(folder / kStateName, state);
  EXPECT_TRUE(verify(folder));
}

TEST_F(DamageTest, MissingAndForeignSegmentsAreFound) {
  const auto folder = folder_.journal();
  fill(folder, 120);
  std::vector<std::filesystem::path> segments;
  for (std::uint64_t s = 1; s <= 120; ++s) {
    if (std::filesystem::exists(folder / segment_name(s))) segments.push_back(folder / segment_name(s));
  }
  ASSERT_GE(segments.size(), 3u);
  for (const auto& path : segments) {
    const auto bytes = file_bytes(path);
    std::filesystem::remove(path);
    auto report = verify(folder);
    ASSERT_FALSE(report);
    EXPECT_NE(report.error().message.find("entry " + std::to_string(segment_sequence(path.filename())) + ": missing"),
              std::string::npos) << report.error().message;
    EXPECT_FALSE(try_open(folder));
    put_file(path, bytes);
    // Bytes after the last whole entry are damage too, in the last segment as in the others.
    put_file(path, bytes + std::string(5, '\0'));
    EXPECT_FALSE(verify(folder));
    put_file(path, bytes);
  }
  EXPECT_TRUE(verify(folder));
  // The same length, valid in itself, of another site: an exchanged segment.
  auto o = options(folder_.path() / "other");
  o.site = SiteId("rizhao1");
  {
    auto other = Journal::open(o, *log_, clock_);
    for (std::uint64_t s = 1; s <= 120; ++s) ASSERT_TRUE((*other)->append(EntryKind::kEvent, kStart, payload_of(s)));
  }
  put_file(segments[1], file_bytes(o.folder / segments[1].filename()));
  EXPECT_FALSE(verify(folder));
  EXPECT_FALSE(try_open(folder));
}

// An insider who recomputes check sums still breaks the chain.
TEST_F(DamageTest, AReplacedEntryWithAFittingCheckSumBreaksTheChain) {
  const auto folder = folder_.journal();
  fill(folder, 10);
  const auto path = folder / segment_name(1);
  std::string bytes = file_bytes(path);
  const auto starts = frames_of(bytes);
  const auto forge = [&](std::size_t i, const Sha256& previous) {
    std::span<char> frame(bytes.data() + starts[i], starts[i + 1] - starts[i]);
    return seal_frame(frame, read_frame({frame.data(), frame.size()}).durable, previous);
  };
  bytes[starts[4] + kFrameHeadBytes] = 'E';
  const Sha256 before = read_frame(std::string_view(bytes).substr(starts[3])).hash;
  Sha256 hash = forge(4, before);
  put_file(path, bytes);
  auto report = verify(folder);
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message.find("entry 6 ("), std::string::npos) << report.error().message;
  // Even a chain that is forged to its end does not meet the hash noted in the state.
  for (std::size_t i = 5; i < 10; ++i) hash = forge(i, hash);
  put_file(path, bytes);
  EXPECT_FALSE(verify(folder));
  EXPECT_FALSE(try_open(folder));
}

// The state as a power cut may leave it: older than the entries, since it is not fsynced with them.
TEST_F(DamageTest, ATornTailIsDroppedAtEveryLength) {
  const auto folder = folder_.journal();
  fill(folder, 4);
  const std::string state = file_bytes(folder / kStateName);
  fill(folder, 7);  // 5, 6, 7 are one group, written when 4 were durable
  const auto path = folder / segment_name(1);
  const std::string good = file_bytes(path);
  const auto starts = frames_of(good);
  Rng rng(1);
  for (std::size_t length = starts[4]; length <= good.size(); ++length) {
    for (int tail = 0; tail < 3; ++tail) {
      std::string bytes = good.substr(0, length);
      if (tail == 1) bytes.resize(good.size(), '\0');  // the length was written, the data was not
      if (tail == 2) {
        for (int i = 0; i < 100; ++i) bytes.push_back(static_cast<char>(rng.below(256)));
      }
      put_file(path, bytes);
      put_file(folder / kStateName, state);
      auto journal = try_open(folder);
      ASSERT_TRUE(journal) << "length " << length << ": " << journal.error().message;
      std::uint64_t whole = 4;
      while (whole < 7 && length >= starts[whole + 1]) ++whole;
      ASSERT_EQ((*journal)->last_sequence(), whole) << "length " << length << " tail " << tail;
      EXPECT_EQ((*journal)->recovery().torn_bytes, bytes.size() - starts[whole]);
      ASSERT_EQ(*(*journal)->append(EntryKind::kEvent, kStart, "goes on"), whole + 1);
      journal->reset();
      auto report = verify(folder);
      ASSERT_TRUE(report) << report.error().message;
      ASSERT_EQ(report->entries, whole + 1);
    }
  }
}

TEST_F(DamageTest, TruncationBelowWhatWasDurableIsRefusedAtEveryLength) {
  const auto folder = folder_.journal();
  fill(folder, 7);
  const auto path = folder / segment_name(1);
  const std::string good = file_bytes(path);
  for (std::size_t length = 0; length < good.size(); ++length) {
    put_file(path, good.substr(0, length));
    ASSERT_FALSE(try_open(folder)) << length;
    ASSERT_FALSE(verify(folder)) << length;
  }
}

TEST_F(DamageTest, AHoleInAGroupIsTornButBeforeALaterGroupItIsDamage) {
  const auto folder = folder_.journal();
  fill(folder, 4);
  const std::string state = file_bytes(folder / kStateName);
  fill(folder, 7);
  const auto path = folder / segment_name(1);
  const std::string one_group = file_bytes(path);
  const auto starts = frames_of(one_group);
  const auto with_hole_in_5 = [&](std::string bytes) {
    std::fill(bytes.begin() + static_cast<long>(starts[4]), bytes.begin() + static_cast<long>(starts[5]), '\0');
    put_file(path, bytes);
    put_file(folder / kStateName, state);
  };
  fill(folder, 9);  // 8 and 9 say in their frames that 7 had been durable
  const std::string two_groups = file_bytes(path);
  with_hole_in_5(two_groups);
  auto refused = try_open(folder);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(refused.error().message.find("entry 5 ("), std::string::npos) << refused.error().message;

  // A power cut may keep pages 6 and 7 of a group and lose page 5: none of them had been promised to anyone.
  with_hole_in_5(one_group);
  auto journal = try_open(folder);
  ASSERT_TRUE(journal) << journal.error().message;
  EXPECT_EQ((*journal)->last_sequence(), 4u);
}

TEST_F(DamageTest, ASegmentThatWasNeverBegunIsDropped) {
  const auto folder = folder_.journal();
  fill(folder, 5);
  const std::string header = file_bytes(folder / segment_name(1)).substr(0, kBlockBytes);
  for (std::size_t length : {std::size_t{0}, std::size_t{1}, kBlockBytes - 1, kBlockBytes}) {
    put_file(folder / segment_name(6), length == kBlockBytes ? std::string(kBlockBytes, '\0') : header.substr(0, length));
    auto journal = try_open(folder);
    ASSERT_TRUE(journal) << journal.error().message;
    EXPECT_EQ((*journal)->last_sequence(), 5u);
    EXPECT_FALSE(std::filesystem::exists(folder / segment_name(6)));
  }
}

// The child reports each durable sequence through a pipe and is killed while it writes.
TEST_F(DamageTest, KilledWritersLoseNothingThatWasDurable) {
  const auto folder = folder_.journal();
  Rng rng(7);
  std::uint64_t durable = 0;
  for (int round = 0; round < 20; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      SystemClock clock;
      auto o = options(folder);
      o.commit_interval = milliseconds(0.2);
      o.fsync = true;
      o.segment_bytes = 16 << 10;
      auto journal = Journal::open(o, *log_, clock);
      if (!journal) ::_exit(3);
      for (int i = 0;; ++i) {
        const auto sequence = *(*journal)->append(EntryKind::kEvent, kStart, payload_of((*journal)->last_sequence() + 1));
        if (i % 3 == 0 && !(*journal)->wait_durable(sequence)) ::_exit(4);
        const auto reported = (*journal)->durable_sequence();
        if (::write(pipe[1], &reported, sizeof reported) != sizeof reported) ::_exit(5);
      }
    }
    ::close(pipe[1]);
    std::thread killer([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(5000 + rng.below(20'000)));
      ::kill(child, SIGKILL);
    });
    std::uint64_t reported = 0;
    while (::read(pipe[0], &reported, sizeof reported) == sizeof reported) durable = std::max(durable, reported);
    killer.join();
    ::close(pipe[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);

    auto journal = try_open(folder);
    ASSERT_TRUE(journal) << journal.error().message;
    ASSERT_GE((*journal)->last_sequence(), durable);
    durable = (*journal)->last_sequence();
    journal->reset();
    auto report = verify(folder);
    ASSERT_TRUE(report) << report.error().message;
    ASSERT_EQ(report->entries, durable);
  }
  EXPECT_GT(durable, 0u);
  auto reader = Reader::open(folder);
  for (std::uint64_t s = 1; s <= durable; ++s) ASSERT_EQ(reader->next().value()->payload, payload_of(s));
}

// Fills `journal` until it refuses, makes room, and checks that it goes on without a hole.
void fill_make_room_and_go_on(Journal& journal, const std::filesystem::path& folder, const std::function<void()>& make_room) {
  const std::string payload(3000, 'f');
  std::uint64_t taken = 0;
  Result<void> result;
  for (int i = 0; i < 10'000 && result; ++i) {
    auto sequence = journal.append(EntryKind::kEvent, kStart, payload);
    if (!sequence) {
      result = sequence.error();
      break;
    }
    taken = *sequence;
    if (i % 10 == 0) result = journal.commit();
  }
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kIo);
  EXPECT_FALSE(journal.commit());
  auto refused = journal.append(EntryKind::kEvent, kStart, payload);
  ASSERT_FALSE(refused);
  const auto durable = journal.durable_sequence();
  EXPECT_LT(durable, taken);
  EXPECT_EQ(journal.last_sequence(), taken);
  EXPECT_EQ(verify(folder)->last_sequence, durable);  // what is on the disk is whole, though it is full

  make_room();
  ASSERT_TRUE(journal.commit());
  EXPECT_EQ(journal.durable_sequence(), taken);
  EXPECT_EQ(*journal.append(EntryKind::kEvent, kStart, "there is room"), taken + 1);
  ASSERT_TRUE(journal.commit());
}

TEST_F(DamageTest, AFullDiskRefusesAndGoesOn) {
  const auto disk = folder_.path() / "disk";
  std::filesystem::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=1m") != 0) GTEST_SKIP() << "skipped: may not mount a small disk";
  put_file(disk / "ballast", std::string(400'000, 'b'));
  {
    auto o = options(disk / "journal");
    o.segment_bytes = 64 << 10;
    o.fsync = true;
    auto journal = Journal::open(o, *log_, clock_);
    ASSERT_TRUE(journal) << journal.error().message;
    fill_make_room_and_go_on(**journal, o.folder, [&] { std::filesystem::remove(disk / "ballast"); });
  }
  EXPECT_TRUE(verify(disk / "journal"));
  EXPECT_EQ(::umount(disk.c_str()), 0);
}

TEST_F(DamageTest, AFileThatMayNotGrowRefusesAndGoesOn) {
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  {
    auto o = options(folder_.journal());
    o.segment_bytes = 1 << 20;
    o.fsync = true;
    auto journal = Journal::open(o, *log_, clock_);
    rlimit small = before;
    small.rlim_cur = 200'000;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    fill_make_room_and_go_on(**journal, o.folder, [&] { ::setrlimit(RLIMIT_FSIZE, &before); });
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  EXPECT_TRUE(verify(folder_.journal()));
}

}  // namespace
}  // namespace beltwarden::journal
