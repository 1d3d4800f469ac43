#include "apps/beltwarden/demo_pack.h"

#include "apps/lab/progress_bar.h"
#include "apps/beltwarden/resources.h"
#include "apps/beltwarden/twin_pack.h"
#include "pack/signature.h"

namespace beltwarden::app {
namespace {

namespace fs = std::filesystem;

Result<void> make_pack(const fs::path& folder, const fs::path& key_file, const Config& scenario, const std::string& reference_data) {
  auto source = find_resource("packs/iron-ore");
  if (!source) return source.error();
  // Fitted beside its place and renamed into it: a run that is killed while fitting leaves no half pack.
  const fs::path fresh = folder.string() + ".new";
  std::error_code error;
  fs::remove_all(fresh, error);
  fs::remove(key_file, error);
  lab::ProgressBar bar("fitting the pack");
  if (auto fitted = fit_twin_pack(*source, scenario, reference_data, fresh,
                                  [&](std::string_view what, double share) { bar.show("fitting " + std::string(what), share); });
      !fitted) {
    return fitted;
  }
  auto key = pack::make_key();
  if (!key) return key.error();
  if (auto written = pack::write_key(key_file, *key); !written) return written;
  if (auto signed_ok = pack::sign(fresh, *key); !signed_ok) return signed_ok;
  fs::rename(fresh, folder, error);
  if (error) return io_error("cannot rename " + fresh.string() + ": " + error.message());
  return {};
}

}  // namespace

Result<pack::Pack> load_demo_pack(const fs::path& folder, const Config& scenario, const std::string& reference_data, Log& log) {
  const fs::path key_file = folder.string() + ".key";
  if (!fs::exists(folder)) {
    log.info("fitting the demo's pack on generated material, once for this data folder");
    if (auto made = make_pack(folder, key_file, scenario, reference_data); !made) return made.error();
  }
  auto key = pack::read_key(key_file);
  if (!key) return key.error();
  return pack::load(folder, {key->public_key()});
}

}  // namespace beltwarden::app
