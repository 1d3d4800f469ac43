#include "apps/beltwarden/user_command.h"

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "apps/beltwarden/password_input.h"
#include "control/control.h"
#include "record/database_words.h"
#include "record/record.h"

namespace beltwarden::app {
namespace {

struct UserOptions {
  std::string data_dir, database, password_file, user, name, role, consignee;
  bool enable = false;
};

const control::Actor kShell{UserId("system"), "Command line", control::Role::kAdmin, ""};

// Opens the center of a data folder and works on it. A running center sees the change within a second.
Result<void> with_control(const UserOptions& o, const std::function<Result<void>(control::Control&)>& work) {
  std::error_code error;
  std::filesystem::create_directories(o.data_dir, error);
  if (error) return io_error("cannot make " + o.data_dir + ": " + error.message());
  SystemClock clock;
  auto log = make_stderr_log(LogLevel::kWarning);
  const std::filesystem::path folder = std::filesystem::absolute(o.data_dir);
  auto database = record::database_words(o.database, o.password_file, folder);
  if (!database) return database.error();
  auto record = record::Record::open({*database, folder / "evidence"}, clock, *log);
  if (!record) return record.error();
  auto control = control::Control::open({}, **record, clock, *log);
  if (!control) return control.error();
  return work(**control);
}

Result<void> add_account(const UserOptions& o) {
  return with_control(o, [&](control::Control& control) -> Result<void> {
    control::Control::UserChange change;
    change.user = o.user;
    change.name = o.name;
    change.role = o.role;
    if (!o.consignee.empty()) change.consignee = o.consignee;
    change.password = read_password();
    auto added = control.add_user(kShell, change);
    return added ? Result<void>() : added.error();
  });
}

Result<void> list(const UserOptions& o) {
  return with_control(o, [](control::Control& control) -> Result<void> {
    auto users = control.users(kShell);
    if (!users) return users.error();
    std::printf("%-16s %-12s %-10s %s\n", "user", "role", "state", "name");
    for (const auto& u : *users) {
      std::printf("%-16s %-12s %-10s %s%s\n", u.user.str().c_str(), u.role.c_str(), u.disabled ? "disabled" : "enabled", u.name.c_str(),
                  u.consignee.empty() ? "" : (" (" + u.consignee + ")").c_str());
    }
    return {};
  });
}

Result<void> change(const UserOptions& o, const std::function<void(control::Control::UserChange&)>& fill) {
  return with_control(o, [&](control::Control& control) -> Result<void> {
    control::Control::UserChange change;
    change.user = o.user;
    fill(change);
    auto changed = control.change_user(kShell, change);
    return changed ? Result<void>() : changed.error();
  });
}

cli::Command* add(cli::Command& user, const std::shared_ptr<UserOptions>& o, const char* name, const char* what, int& exit_code,
              std::function<Result<void>()> run) {
  auto* command = user.add_subcommand(name, what);
  command->add_option("--data-dir", o->data_dir, "the center's data folder")->required();
  command->add_option("--database", o->database, "as in the site's configuration; without it center.db in the data folder");
  command->add_option("--database-password-file", o->password_file,
                      "a file that holds the database's password alone; or the environment's BELTWARDEN_DATABASE_PASSWORD");
  command->callback([name, &exit_code, run = std::move(run)] {
    if (auto done = run(); !done) {
      std::fprintf(stderr, "beltwarden user %s: %s\n", name, done.error().message.c_str());
      exit_code = 1;
    }
  });
  return command;
}

}  // namespace

void add_user_command(cli::Command& app, int& exit_code) {
  auto o = std::make_shared<UserOptions>();
  auto* user = app.add_subcommand("user", "Accounts of a center: officer, supervisor, terminal, consignee, admin");
  user->footer("Example: beltwarden user add li.wei --name 'Li Wei' --role officer --data-dir /var/lib/beltwarden");
  user->require_subcommand(1);

  auto* a = add(*user, o, "add", "Add an account; its password is read from stdin", exit_code, [o] { return add_account(*o); });
  a->add_option("USER", o->user, "sign-in name")->required();
  a->add_option("--name", o->name, "the person's name")->required();
  a->add_option("--role", o->role, "officer, supervisor, terminal, consignee or admin")->required();
  a->add_option("--consignee", o->consignee, "whose lots a consignee sees");

  add(*user, o, "list", "Every account", exit_code, [o] { return list(*o); });

  auto* r = add(*user, o, "role", "Give another role", exit_code,
                [o] { return change(*o, [&](auto& change) { change.role = o->role; }); });
  r->add_option("USER", o->user, "sign-in name")->required();
  r->add_option("ROLE", o->role, "officer, supervisor, terminal, consignee or admin")->required();

  auto* d = add(*user, o, "disable", "Nobody signs in with it any more (--enable: again)", exit_code,
                [o] { return change(*o, [&](auto& change) { change.disabled = !o->enable; }); });
  d->add_option("USER", o->user, "sign-in name")->required();
  d->add_flag("--enable", o->enable, "undo");

  auto* p = add(*user, o, "password", "Set another password, read from stdin", exit_code,
                [o] { return change(*o, [](auto& change) { change.password = read_password(); }); });
  p->add_option("USER", o->user, "sign-in name")->required();
}

}  // namespace beltwarden::app
