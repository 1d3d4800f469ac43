// Commands and their options. The words and the behaviour are CLI11's; only command.cc compiles it.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
class Validator;
}  // namespace CLI

namespace beltwarden::cli {

/// Thrown by a command's callback when its options do not fit each other: the process ends with 2 and this message.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What the text of an option must be.
class Check {
 public:
  explicit Check(const CLI::Validator& validator);
  const CLI::Validator& validator() const { return *validator_; }

 private:
  std::shared_ptr<const CLI::Validator> validator_;
};
Check ExistingFile();
Check ExistingDirectory();
Check Range(double least, double most);
Check IsMember(std::initializer_list<std::string> words);

class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}
  Option* required();
  Option* check(const Check& check);
  Option* needs(const Option* other);
  Option* excludes(const Option* other);
  Option* take_all();                      ///< a repeated option adds to its values
  Option* delimiter(char between);
  Option* expected(int values);
  Option* capture_default_str();           ///< the help shows what the variable holds now
  int count() const;                       ///< how often the words named it; for callbacks

 private:
  CLI::Option* option_;
};

class Command {
 public:
  /// The program itself. `parse` runs the callback of the command that the words name.
  explicit Command(const std::string& description);
  explicit Command(CLI::App* app);
  ~Command();

  Command* add_subcommand(const std::string& name, const std::string& description);
  /// T: std::string, std::filesystem::path, double, float, int, the fixed-width unsigned integers and std::int64_t, vectors of
  /// strings and of doubles, optionals of double and std::string. `name` without dashes makes a positional argument.
  template <class T>
  Option* add_option(const std::string& name, T& value, const std::string& help = "");
  Option* add_flag(const std::string& name, bool& value, const std::string& help = "");
  Command* footer(const std::string& text);
  Command* callback(std::function<void()> run);
  Command* require_subcommand(int count);
  void set_version_flag(const std::string& name, const std::string& version);

  /// The process' exit code as far as words decide it: 0, or 2 for words that do not fit; what is wrong, or the help that was asked
  /// for, has been printed.
  int parse(int argc, const char* const* argv);
  int parse(std::vector<std::string> words);

 private:
  std::unique_ptr<CLI::App> root_;
  CLI::App* app_;
  std::vector<std::unique_ptr<Command>> commands_;
  std::vector<std::unique_ptr<Option>> options_;
};

}  // namespace beltwarden::cli
