// An open file of the journal, with the calls it needs and errors that name the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace beltwarden::journal {

/// Owns a descriptor. Not synchronised.
class FileHandle {
 public:
  enum class Mode { kRead, kReadWrite, kCreate /*must not exist*/, kOpenOrCreate };

  static Result<FileHandle> open(const std::filesystem::path& path, Mode mode);
  FileHandle() = default;
  FileHandle(FileHandle&& other) noexcept;
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle();

  bool is_open() const { return fd_ >= 0; }
  int descriptor() const { return fd_; }
  const std::filesystem::path& path() const { return path_; }

  /// Fills `into` from `offset`; fewer bytes only at the end of the file.
  Result<std::size_t> read_at(std::span<char> into, std::uint64_t offset) const;
  Result<void> write_at(std::string_view bytes, std::uint64_t offset);
  Result<void> truncate(std::uint64_t bytes);
  Result<void> sync();  ///< fdatasync: data, and the length where it grew
  Result<std::uint64_t> size() const;

 private:
  Error failed(const std::string& what) const;
  int fd_ = -1;
  std::filesystem::path path_;
};

/// A moving view of a file for walking its entries: reads ahead, so that small entries cost no system call.
class Window {
 public:
  explicit Window(FileHandle file) : file_(std::move(file)) {}

  /// The `bytes` at offset(); fewer only at the end of the file. Valid until the next call.
  Result<std::span<char>> peek(std::size_t bytes);
  void advance(std::size_t bytes) { offset_ += bytes; }
  std::uint64_t offset() const { return offset_; }
  /// Reads anew what lies ahead: it may have been written since.
  void forget() { buffer_bytes_ = 0; }
  const FileHandle& file() const { return file_; }

 private:
  FileHandle file_;
  std::uint64_t offset_ = 0;
  std::string buffer_;
  std::uint64_t buffer_offset_ = 0;  // of buffer_[0] within the file
  std::size_t buffer_bytes_ = 0;     // how much of buffer_ is filled
};

}  // namespace beltwarden::journal
