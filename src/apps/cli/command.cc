#include "apps/cli/command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace beltwarden::cli {

Check::Check(const CLI::Validator& validator) : validator_(std::make_shared<CLI::Validator>(validator)) {}
Check ExistingFile() { return Check(CLI::ExistingFile); }
Check ExistingDirectory() { return Check(CLI::ExistingDirectory); }
Check Range(double least, double most) { return Check(CLI::Range(least, most)); }
Check IsMember(std::initializer_list<std::string> words) { return Check(CLI::IsMember(std::vector<std::string>(words))); }

Option* Option::required() { return option_->required(), this; }
Option* Option::check(const Check& check) { return option_->check(check.validator()), this; }
Option* Option::needs(const Option* other) { return option_->needs(other->option_), this; }
Option* Option::excludes(const Option* other) { return option_->excludes(other->option_), this; }
Option* Option::take_all() { return option_->take_all(), this; }
Option* Option::delimiter(char between) { return option_->delimiter(between), this; }
Option* Option::expected(int values) { return option_->expected(values), this; }
int Option::count() const { return static_cast<int>(option_->count()); }
Option* Option::capture_default_str() { return option_->capture_default_str(), this; }

Command::Command(const std::string& description) : root_(std::make_unique<CLI::App>(description)), app_(root_.get()) {}
Command::Command(CLI::App* app) : app_(app) {}
Command::~Command() = default;

Command* Command::add_subcommand(const std::string& name, const std::string& description) {
  return commands_.emplace_back(std::make_unique<Command>(app_->add_subcommand(name, description))).get();
}

template <class T>
Option* Command::add_option(const std::string& name, T& value, const std::string& help) {
  return options_.emplace_back(std::make_unique<Option>(app_->add_option(name, value, help))).get();
}
template Option* Command::add_option(const std::string&, std::string&, const std::string&);
template Option* Command::add_option(const std::string&, std::filesystem::path&, const std::string&);
template Option* Command::add_option(const std::string&, double&, const std::string&);
template Option* Command::add_option(const std::string&, float&, const std::string&);
template Option* Command::add_option(const std::string&, int&, const std::string&);
template Option* Command::add_option(const std::string&, std::uint16_t&, const std::string&);
template Option* Command::add_option(const std::string&, std::uint32_t&, const std::string&);
template Option* Command::add_option(const std::string&, std::uint64_t&, const std::string&);
template Option* Command::add_option(const std::string&, std::int64_t&, const std::string&);
template Option* Command::add_option(const std::string&, std::vector<std::string>&, const std::string&);
template Option* Command::add_option(const std::string&, std::vector<double>&, const std::string&);
template Option* Command::add_option(const std::string&, std::optional<double>&, const std::string&);
template Option* Command::add_option(const std::string&, std::optional<std::string>&, const std::string&);

Option* Command::add_flag(const std::string& name, bool& value, const std::string& help) {
  return options_.emplace_back(std::make_unique<Option>(app_->add_flag(name, value, help))).get();
}

Command* Command::footer(const std::string& text) { return app_->footer(text), this; }
Command* Command::callback(std::function<void()> run) { return app_->callback(std::move(run)), this; }
Command* Command::require_subcommand(int count) { return app_->require_subcommand(count), this; }
void Command::set_version_flag(const std::string& name, const std::string& version) { app_->set_version_flag(name, version); }

int Command::parse(int argc, const char* const* argv) { return parse({argv + std::min(argc, 1), argv + argc}); }

int Command::parse(std::vector<std::string> words) {
  std::reverse(words.begin(), words.end());      // as CLI11 wants them
  try {
    app_->parse(std::move(words));
  } catch (const CLI::Success& asked) {          // help or version
    return app_->exit(asked);
  } catch (const CLI::ParseError& error) {
    app_->exit(error);
    return 2;
  } catch (const UsageError& error) {
    std::cerr << error.what() << "\nRun with --help for more information.\n";
    return 2;
  }
  return 0;
}

}  // namespace beltwarden::cli
