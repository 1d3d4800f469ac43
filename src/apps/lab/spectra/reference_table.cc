#include "apps/lab/spectra/reference_table.h"

#include "apps/lab/spectra/spectral_table.h"

namespace beltwarden::lab {

Result<spectra::ReferenceLibrary> read_reference_library(const std::string& path, const std::vector<std::string>& where) {
  auto table = read_spectral_table(path, where);
  if (!table) return table.error();
  std::vector<spectra::LibraryMember> members;
  for (std::size_t i = 0; i < table->rows(); ++i) {
    members.push_back({table->ids[i], table->set.classes.empty() ? table->ids[i] : table->set.classes[i],
                       table->set.spectra.row(static_cast<Eigen::Index>(i)).transpose()});
  }
  auto library = spectra::ReferenceLibrary::make(table->set.axis_nm, std::move(members));
  if (!library) return library.error().within(path);
  return library;
}

}  // namespace beltwarden::lab
