// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"

namespace sallyport::config {

/// What SIGHUP may do with a changed configuration: all of it, or nothing.
struct ReloadPlan {
    std::vector<std::string> changes;  ///< key paths that differ and can be applied, sorted
    std::vector<std::string> refused;  ///< key paths that need a restart; if any, apply nothing
    std::vector<std::string> added_domains;    ///< transports to open
    std::vector<std::string> removed_domains;  ///< transports to close

    bool is_allowed() const { return refused.empty(); }
};

/// Compares two loaded configurations. Files behind certificates are always read again, changed or
/// not.
ReloadPlan plan(const Config& old_config, const Config& new_config);

}  // namespace sallyport::config
