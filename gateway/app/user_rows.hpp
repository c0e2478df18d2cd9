// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gateway/app/command_table.hpp"
#include "gateway/store/store.hpp"

namespace sallyport::app {

/// A picture of a user in data/media.
struct UserMedia {
    std::filesystem::path file;
    std::uint64_t bytes = 0;
};

/// All that is stored of one user, on one domain or on all.
struct UserRows {
    std::string user;
    std::string domain;  ///< "" = all
    store::ExportUser::Answer stored;
    std::vector<std::pair<std::string, std::string>> contacts;  ///< domain, address
    std::vector<UserMedia> media;

    bool is_empty() const {
        return stored.registrations.empty() && stored.outbound.empty() && stored.inbox.empty() &&
               contacts.empty() && media.empty();
    }
};

/// The key of the record that remembers whose a picture in data/media is: "USER/media/TOKEN", in
/// the namespace of the domain, so that exporting and erasing a user find it.
std::string media_record_key(std::string_view user, std::string_view token);

/// Deletes the files of those of a user's records that name any.
void remove_media(
    const std::filesystem::path& folder, std::string_view user, std::span<const std::string> records
);

/// Reads what is stored of a user on the domain that the command names, or on all. Answers for the
/// command when that fails.
void read_user(
    const JobPtr& job, const std::string& user, std::function<void(const UserRows&)> then
);

}  // namespace sallyport::app
