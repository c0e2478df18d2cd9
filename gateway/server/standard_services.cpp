// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/standard_services.hpp"

#include <utility>

#include "gateway/server/hub.hpp"

namespace sallyport::server {

StandardServices::StandardServices(Hub& hub, StandardOptions options)
    : blocking_(hub),
      offline_(hub),
      vcards_(hub),
      registration_(hub, std::move(options.derive_keys), options.is_registration_open) {
    if (options.archive) archive_.emplace(hub, *options.archive);
    if (options.uploads != nullptr) upload_.emplace(hub, *options.uploads);
    ServiceTable& table = hub.services();
    table.add(blocking_);
    table.add(offline_);
    if (archive_) table.add(*archive_);
    table.add(carbons_);
    table.add(vcards_);
    table.add(registration_);
    if (upload_) table.add(*upload_);
}

}  // namespace sallyport::server
