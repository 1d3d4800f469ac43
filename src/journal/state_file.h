// The file that says what is durable, what the center has, and who writes: `journal.state` in the folder.
#pragma once

#include <filesystem>
#include <optional>

#include "base/result.h"
#include "journal/file_handle.h"
#include "journal/format.h"

namespace beltwarden::journal {

/// The writer holds a lock on this file, which others can ask about without taking it. Not synchronised.
class StateFile {
 public:
  /// For the one writer: creates the file where absent and takes the lock (kConflict when another holds it).
  static Result<StateFile> open_for_writing(const std::filesystem::path& folder);
  /// For readers, from this or another process, while the journal is written or not.
  static Result<StateFile> open_for_reading(const std::filesystem::path& folder);

  /// Empty when the file was created and never written: the journal has not begun.
  Result<std::optional<State>> read() const;
  /// Overwrites in place: survives the death of the process; sync() makes it survive that of the machine.
  Result<void> write(const State& state) { return file_.write_at(encode(state), 0); }
  Result<void> sync() { return file_.sync(); }
  /// Whether some process is writing the journal now.
  Result<bool> has_writer() const;

 private:
  explicit StateFile(FileHandle file) : file_(std::move(file)) {}
  FileHandle file_;
};

}  // namespace beltwarden::journal
