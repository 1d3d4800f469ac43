#include "apps/beltwarden/pack_command.h"

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apps/lab/progress_bar.h"
#include "apps/beltwarden/resources.h"
#include "apps/beltwarden/twin_pack.h"
#include "pack/inspectors.h"
#include "pack/pack.h"
#include "pack/signature.h"

namespace beltwarden::app {
namespace {

namespace fs = std::filesystem;

struct PackOptions {
  std::string pack, key, out, scenario;
  std::vector<std::string> trusted;
  bool thorough = false;
};

Result<void> check(const PackOptions& o) {
  auto keys = pack::public_keys_from_hex(o.trusted);
  if (!keys) return keys.error();
  auto pack = keys->empty() ? pack::read(o.pack) : pack::load(o.pack, *keys);
  if (!pack) return pack.error();
  if (auto models = pack::check_models(*pack); !models) return models;
  const auto warnings = pack::model_warnings(*pack);
  if (!warnings) return warnings.error();
  std::printf("%s: %zu brands, %zu limits, %zu models, data %s; %s\n", pack->stamp().c_str(), pack->brands.size(), pack->limits.size(),
              pack->models.size(), pack->data.c_str(),
              pack->signed_by.empty() ? "signature not checked (give --trust KEY)" : ("signed by " + pack->signed_by).c_str());
  for (const auto& limit : pack->limits) {
    if (!limit.verified) std::printf("unverified limit: %s %g %s (%s)\n", limit.quantity.c_str(), limit.high, limit.unit.c_str(), limit.source.c_str());
  }
  for (const auto& warning : *warnings) std::printf("warning: %s\n", warning.c_str());
  return {};
}

Result<void> make_key(const PackOptions& o) {
  auto key = pack::make_key();
  if (!key) return key.error();
  if (auto written = pack::write_key(o.key, *key); !written) return written;
  std::printf("%s\n", pack::to_hex(key->public_key()).c_str());
  return {};
}

Result<void> sign(const PackOptions& o) {
  auto pack = pack::read(o.pack);
  if (!pack) return pack.error();
  if (auto models = pack::check_models(*pack); !models) return models;
  auto key = pack::read_key(o.key);
  if (!key) return key.error();
  return pack::sign(o.pack, *key);
}

Result<void> install(const PackOptions& o) {
  auto keys = pack::public_keys_from_hex(o.trusted);
  if (!keys) return keys.error();
  if (auto pack = pack::load(o.pack, *keys); !pack) return pack.error();
  if (fs::exists(o.out)) return conflict(o.out + " exists already: install beside it and change the site's settings, so the old pack can be put back");
  const fs::path fresh = o.out + ".new";
  std::error_code error;
  fs::remove_all(fresh, error);
  fs::copy(o.pack, fresh, fs::copy_options::recursive, error);
  if (error) return io_error("cannot copy to " + fresh.string() + ": " + error.message());
  // What was copied is what will be loaded: it is checked where it lies now.
  if (auto copied = pack::load(fresh, *keys); !copied) return copied.error();
  fs::rename(fresh, o.out, error);
  if (error) return io_error("cannot rename " + fresh.string() + ": " + error.message());
  return {};
}

Result<void> fit(const PackOptions& o) {
  std::string scenario = o.scenario;
  if (scenario.empty()) {
    auto found = find_resource("scenarios/demo.toml");
    if (!found) return found.error();
    scenario = found->string();
  }
  auto config = Config::load(scenario);
  if (!config) return config.error();
  lab::ProgressBar bar("fitting");
  return fit_twin_pack(o.pack, *config, find_reference_data(), o.out,
                       [&](std::string_view what, double share) { bar.show("fitting " + std::string(what), share); }, o.thorough);
}

cli::Command* add(cli::Command& pack, const char* name, const char* what, int& exit_code, std::function<Result<void>()> run) {
  auto* command = pack.add_subcommand(name, what);
  command->callback([name, &exit_code, run = std::move(run)] {
    if (auto done = run(); !done) {
      std::fprintf(stderr, "beltwarden pack %s: %s\n", name, done.error().message.c_str());
      exit_code = 1;
    }
  });
  return command;
}

}  // namespace

void add_pack_command(cli::Command& app, int& exit_code) {
  auto o = std::make_shared<PackOptions>();
  auto* pack = app.add_subcommand("pack", "Packs teach the system a commodity: models, limits, brands, words");
  pack->footer("A file that `spectra fit` wrote may lie in a pack as models/brand_regression.bin (kind regression, --by the brand), brand_identity.bin\n"
               "(identity) or slag_screen.bin (screen) in place of the one that `pack fit` made.\n"
               "Example: beltwarden pack fit packs/iron-ore --out fitted\n"
               "         beltwarden pack key --key signing.key          (prints the public key)\n"
               "         beltwarden pack sign fitted --key signing.key\n"
               "         beltwarden pack install fitted --trust PUBLIC_KEY --out /etc/beltwarden/packs/iron-ore-2");
  pack->require_subcommand(1);

  auto* c = add(*pack, "check", "Read a pack and every model in it; with --trust also its signature", exit_code, [o] { return check(*o); });
  c->add_option("PACK", o->pack, "pack folder")->required()->check(cli::ExistingDirectory());
  c->add_option("--trust", o->trusted, "public key, hexadecimal; repeatable");

  auto* k = add(*pack, "key", "Make a signing key; prints its public half", exit_code, [o] { return make_key(*o); });
  k->add_option("--key", o->key, "new file, readable by its owner only")->required();

  auto* s = add(*pack, "sign", "Sign what is in a pack now", exit_code, [o] { return sign(*o); });
  s->add_option("PACK", o->pack, "pack folder")->required()->check(cli::ExistingDirectory());
  s->add_option("--key", o->key, "signing key file")->required();

  auto* i = add(*pack, "install", "Copy a signed pack to its place; never over another", exit_code, [o] { return install(*o); });
  i->add_option("PACK", o->pack, "pack folder")->required()->check(cli::ExistingDirectory());
  i->add_option("--trust", o->trusted, "public key, hexadecimal; repeatable")->required();
  i->add_option("--out", o->out, "folder to make")->required();

  auto* f = add(*pack, "fit", "Fit a pack's models on the twin's training material", exit_code, [o] { return fit(*o); });
  f->add_option("PACK", o->pack, "pack folder with pack.toml")->required()->check(cli::ExistingDirectory());
  f->add_option("--scenario", o->scenario, "whose instruments to fit for (scenarios/demo.toml)")->check(cli::ExistingFile());
  f->add_flag("--thorough", o->thorough, "try everything that `spectra fit` tries: hours instead of half a minute");
  f->add_option("--out", o->out, "folder to make")->required();
}

}  // namespace beltwarden::app
