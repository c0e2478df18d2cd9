// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

#include "gateway/server/archive.hpp"
#include "gateway/server/blocking.hpp"
#include "gateway/server/carbons.hpp"
#include "gateway/server/offline.hpp"
#include "gateway/server/registration.hpp"
#include "gateway/server/upload.hpp"
#include "gateway/server/vcards.hpp"

namespace sallyport::server {

struct StandardOptions {
    /// How long archives keep messages; nothing = there are no archives.
    std::optional<std::chrono::milliseconds> archive = std::chrono::days(30);
    bool is_registration_open = false;
    DeriveKeys derive_keys = {};     ///< AccountAuth::derive_for
    UploadPlace* uploads = nullptr;  ///< null = no uploads
};

/// The services that every embedded server has, in the order in which each sees a stanza. Made
/// before the first session; outlives the hub's table.
class StandardServices {
  public:
    StandardServices(Hub& hub, StandardOptions options);

    Registration& registration() { return registration_; }
    std::optional<Archive>& archive() { return archive_; }

  private:
    Blocking blocking_;  // first: the blocked reach nothing of an account
    Offline offline_;    // before the archive: no delay that claims to be ours gets there
    std::optional<Archive> archive_;
    Carbons carbons_;  // after the archive, whose ids it hands to own resources
    VCards vcards_;
    Registration registration_;
    std::optional<Upload> upload_;
};

}  // namespace sallyport::server
