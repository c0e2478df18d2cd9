// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/core/seal.hpp"
#include "gateway/port/transport.hpp"
#include "gateway/store/store.hpp"

namespace sallyport::core {

/// A stored registration as the account that transports see. Error: credentials that this data/key
/// does not open.
Result<port::Account> account_of(const store::RegistrationRow& row, const Sealer& sealer);

}  // namespace sallyport::core
