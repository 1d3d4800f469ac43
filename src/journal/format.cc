#include "journal/format.h"

#include <bit>
#include <cctype>
#include <cstdio>
#include <cstring>

namespace beltwarden::journal {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian and copied as it lies");

constexpr std::string_view kSegmentMagic = "BWJSEGMT";
constexpr std::string_view kStateMagic = "BWJSTATE";
constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kMarker = "BWE";

// Offsets within a block; `first` and `second` mean different things in a header and in the state.
enum BlockAt : std::size_t {
  kMagicAt = 0, kVersionAt = 8, kSiteLengthAt = 12, kEpochAt = 16, kFirstSequenceAt = 24, kHashAt = 32,
  kFirstAt = 64, kSecondAt = 72, kSiteAt = 80, kBlockCrcAt = 156
};
// Offsets within a frame. `durable` lies before what the chain hash covers: how entries were grouped into commits
// must not change what the chain attests.
enum FrameAt : std::size_t {
  kCrcAt = 0, kDurableAt = 4, kChainAt = 12, kLengthAt = 44, kSequenceAt = 48, kTimeAt = 56, kKindAt = 64, kMarkerAt = 65
};

template <class T>
void put(char* bytes, std::size_t at, const T& value) {
  std::memcpy(bytes + at, &value, sizeof value);
}

template <class T>
T get(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

struct Block {
  SiteId site;
  std::uint64_t epoch, first_sequence;
  Sha256 hash;
  std::uint64_t first, second;
};

std::string encode_block(std::string_view magic, const Block& b) {
  std::string out(kBlockBytes, '\0');
  std::memcpy(out.data(), magic.data(), magic.size());
  put(out.data(), kVersionAt, kVersion);
  put(out.data(), kSiteLengthAt, static_cast<std::uint32_t>(b.site.str().size()));
  put(out.data(), kEpochAt, b.epoch);
  put(out.data(), kFirstSequenceAt, b.first_sequence);
  put(out.data(), kHashAt, b.hash);
  put(out.data(), kFirstAt, b.first);
  put(out.data(), kSecondAt, b.second);
  std::memcpy(out.data() + kSiteAt, b.site.str().data(), b.site.str().size());
  put(out.data(), kBlockCrcAt, crc32c(std::string_view(out).substr(0, kBlockCrcAt)));
  return out;
}

Result<Block> decode_block(std::string_view magic, std::string_view bytes, const std::string& where) {
  if (bytes.size() < kBlockBytes) {
    return corrupt(where + ": expected " + std::to_string(kBlockBytes) + " bytes, found " + std::to_string(bytes.size()));
  }
  if (bytes.substr(kMagicAt, magic.size()) != magic) {
    return corrupt(where + ": does not begin with '" + std::string(magic) + "'");
  }
  if (get<std::uint32_t>(bytes, kBlockCrcAt) != crc32c(bytes.substr(0, kBlockCrcAt))) {
    return corrupt(where + ": check sum of the first " + std::to_string(kBlockBytes) + " bytes does not fit");
  }
  if (const auto version = get<std::uint32_t>(bytes, kVersionAt); version != kVersion) {
    return unsupported(where + ": format version " + std::to_string(version) + ", this program reads version " +
                       std::to_string(kVersion));
  }
  const auto length = get<std::uint32_t>(bytes, kSiteLengthAt);
  if (length == 0 || length > kMaxSiteBytes) return corrupt(where + ": site name of " + std::to_string(length) + " bytes");
  return Block{SiteId(std::string(bytes.substr(kSiteAt, length))), get<std::uint64_t>(bytes, kEpochAt),
               get<std::uint64_t>(bytes, kFirstSequenceAt), get<Sha256>(bytes, kHashAt),
               get<std::uint64_t>(bytes, kFirstAt), get<std::uint64_t>(bytes, kSecondAt)};
}

}  // namespace

std::string encode(const SegmentHeader& h) {
  return encode_block(kSegmentMagic, {h.site, h.epoch, h.first_sequence, h.previous_hash, h.previous_bytes,
                                      static_cast<std::uint64_t>(h.newest.ns)});
}

std::string encode(const State& s) {
  return encode_block(kStateMagic,
                      {s.site, s.epoch, s.first_sequence, s.durable_hash, s.durable_sequence, s.acknowledged});
}

Result<SegmentHeader> decode_header(std::string_view block, const std::string& where) {
  auto b = decode_block(kSegmentMagic, block, where);
  if (!b) return b.error();
  return SegmentHeader{b->site, b->epoch, b->first_sequence, b->hash, b->first,
                       Time{static_cast<std::int64_t>(b->second)}};
}

Result<State> decode_state(std::string_view block, const std::string& where) {
  auto b = decode_block(kStateMagic, block, where);
  if (!b) return b.error();
  return State{b->site, b->epoch, b->first_sequence, b->first, b->hash, b->second};
}

Sha256 genesis_hash(const SiteId& site, std::uint64_t epoch) {
  return sha256("beltwarden journal 1\n" + site.str() + "\n" + std::to_string(epoch) + "\n");
}

void append_frame(std::string& out, EntryKind kind, Time time, std::uint64_t sequence, std::string_view payload) {
  char head[kFrameHeadBytes] = {};
  put(head, kLengthAt, static_cast<std::uint32_t>(payload.size()));
  put(head, kSequenceAt, sequence);
  put(head, kTimeAt, time.ns);
  put(head, kKindAt, kind);
  std::memcpy(head + kMarkerAt, kMarker.data(), kMarker.size());
  out.append(head, sizeof head);
  out.append(payload);
}

Sha256 seal_frame(std::span<char> frame, std::uint64_t durable, const Sha256& previous) {
  put(frame.data(), kDurableAt, durable);
  const Sha256 hash = chain_hash(frame, previous);
  put(frame.data(), kChainAt, hash);
  put(frame.data(), kCrcAt, crc32c(std::string_view(frame.data(), frame.size()).substr(kDurableAt)));
  return hash;
}

Frame read_frame(std::string_view head) {
  return {get<Sha256>(head, kChainAt),        get<std::uint32_t>(head, kLengthAt),
          get<std::uint64_t>(head, kSequenceAt), Time{get<std::int64_t>(head, kTimeAt)},
          get<std::uint64_t>(head, kDurableAt),  get<std::uint8_t>(head, kKindAt),
          head.substr(kMarkerAt, kMarker.size()) == kMarker};
}

std::string head_problem(std::string_view head, std::uint64_t sequence) {
  if (head.size() < kFrameHeadBytes) {
    return "the file ends within the entry's head: expected " + std::to_string(kFrameHeadBytes) + " bytes, found " +
           std::to_string(head.size());
  }
  const Frame frame = read_frame(head);
  if (!frame.marked) return "no entry begins here: its marker is missing";
  if (frame.payload_bytes > kMaxPayloadBytes) {
    return "payload of " + std::to_string(frame.payload_bytes) + " bytes, at most " + std::to_string(kMaxPayloadBytes) +
           " are possible";
  }
  if (frame.sequence != sequence) return "found sequence " + std::to_string(frame.sequence) + " in its place";
  return {};
}

std::string body_problem(std::string_view bytes) {
  const auto stored = get<std::uint32_t>(bytes, kCrcAt);
  const auto computed = crc32c(bytes.substr(kDurableAt));
  if (stored == computed) return {};
  char text[80];
  std::snprintf(text, sizeof text, "check sum is %08x, its bytes give %08x", stored, computed);
  return text;
}

Sha256 chain_hash(std::span<char> frame, const Sha256& previous) {
  Sha256 own;
  std::memcpy(own.data(), frame.data() + kChainAt, own.size());
  put(frame.data(), kChainAt, previous);
  const Sha256 hash = sha256(std::string_view(frame.data(), frame.size()).substr(kChainAt));
  put(frame.data(), kChainAt, own);
  return hash;
}

std::string segment_name(std::uint64_t first_sequence) {
  char name[40];
  std::snprintf(name, sizeof name, "%020llu.bwj", static_cast<unsigned long long>(first_sequence));
  return name;
}

std::uint64_t segment_sequence(const std::string& name) {
  if (name.size() != 24 || !name.ends_with(".bwj")) return 0;
  std::uint64_t sequence = 0;
  for (int i = 0; i < 20; ++i) {
    if (!std::isdigit(static_cast<unsigned char>(name[i]))) return 0;
    sequence = sequence * 10 + static_cast<std::uint64_t>(name[i] - '0');
  }
  return segment_name(sequence) == name ? sequence : 0;
}

}  // namespace beltwarden::journal
