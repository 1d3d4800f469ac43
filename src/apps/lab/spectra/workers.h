// Two threads for the searches of a fit; what they find does not depend on how many there are.
#pragma once

#include "science/spectra/regressor.h"

namespace beltwarden::lab {

/// Runs tasks on as many threads as the machine has cores, at most `most`.
spectra::Executor workers(unsigned most = 8);

}  // namespace beltwarden::lab
