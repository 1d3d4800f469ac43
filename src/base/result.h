// Errors across module borders: a value or a reason, never an exception.
//
//   Result<Spectrum> read(std::string_view bytes);
//   auto spectrum = read(bytes);
//   if (!spectrum) return spectrum.error();
//   use(*spectrum);
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace beltwarden {

/// What kind of failure it is, for callers that react differently; people read the message.
enum class ErrorCode {
  kInvalidInput,   ///< bytes, fields or arguments that do not fit; the message says which and what was expected
  kNotFound,       ///< the named thing does not exist
  kConflict,       ///< it exists already, or the state does not allow it
  kDenied,         ///< the caller may not
  kIo,             ///< file, socket or device failed; may work later
  kCorrupt,        ///< stored data is not what was written
  kUnavailable,    ///< a peer or instrument does not answer; may work later
  kUnsupported,    ///< understood, but not something this version can do
};

/// A reason. `message` names what was expected, what was found and where, in words a port engineer understands.
struct Error {
  ErrorCode code = ErrorCode::kInvalidInput;
  std::string message;

  /// The same error with `context` in front: "reading lot.toml: line 3: ...".
  Error within(const std::string& context) const { return {code, context + ": " + message}; }
};

inline Error invalid_input(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }
inline Error not_found(std::string message) { return {ErrorCode::kNotFound, std::move(message)}; }
inline Error conflict(std::string message) { return {ErrorCode::kConflict, std::move(message)}; }
inline Error denied(std::string message) { return {ErrorCode::kDenied, std::move(message)}; }
inline Error io_error(std::string message) { return {ErrorCode::kIo, std::move(message)}; }
inline Error corrupt(std::string message) { return {ErrorCode::kCorrupt, std::move(message)}; }
inline Error unavailable(std::string message) { return {ErrorCode::kUnavailable, std::move(message)}; }
inline Error unsupported(std::string message) { return {ErrorCode::kUnsupported, std::move(message)}; }

/// A `T` or an `Error`. Reading the value of a failed result is a programmer's fault and throws.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return check(), std::get<0>(state_); }
  const T& value() const& { return check(), std::get<0>(state_); }
  T&& value() && { return check(), std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const { return std::get<1>(state_); }

 private:
  void check() const {
    if (!ok()) throw std::logic_error("value of a failed result: " + std::get<1>(state_).message);
  }
  std::variant<T, Error> state_;
};

/// Done, or the reason why not.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace beltwarden
