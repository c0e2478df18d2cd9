// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/user_rows.hpp"

#include <memory>

#include "gateway/app/command_tools.hpp"

namespace sallyport::app {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view media_part = "/media/";

/// The files of the tokens that records name; those that retention has deleted are left out.
std::vector<UserMedia> media_of(const ControlContext& context, const UserRows& rows) {
    std::vector<UserMedia> found;
    for (const auto& [key, name] : rows.stored.records) {
        const std::string prefix = rows.user + std::string(media_part);
        if (!key.starts_with(prefix)) continue;
        UserMedia media{context.media() / key.substr(prefix.size()) / name, 0};
        std::error_code failed;
        media.bytes = fs::file_size(media.file, failed);
        if (!failed) found.push_back(std::move(media));
    }
    return found;
}

struct Reading {
    JobPtr job;
    UserRows rows;
    std::function<void(const UserRows&)> then;
    std::vector<std::string> domains;  ///< whose contacts are still to be read
};

void read_contacts(const std::shared_ptr<Reading>& reading) {
    if (reading->domains.empty()) {
        reading->rows.media = media_of(reading->job->context, reading->rows);
        return reading->then(reading->rows);
    }
    const std::string domain = std::move(reading->domains.back());
    reading->domains.pop_back();
    const ControlContext& context = reading->job->context;
    store::ScanRecords question{"contacts/" + domain + "/" + reading->rows.user, "", context.now()};
    auto found = [reading, domain](Result<store::ScanRecords::Answer> answer) {
        if (!answer) return fail_store(reading->job, answer.error());
        for (auto& [address, value] : answer->rows)
            reading->rows.contacts.emplace_back(domain, std::move(address));
        read_contacts(reading);
    };
    context.store.read(std::move(question), std::move(found));
}

}  // namespace

std::string media_record_key(std::string_view user, std::string_view token) {
    return std::string(user) + std::string(media_part) + std::string(token);
}

void remove_media(
    const fs::path& folder, std::string_view user, std::span<const std::string> records
) {
    const std::string prefix = media_record_key(user, "");
    for (const std::string& key : records) {
        const std::string token = key.starts_with(prefix) ? key.substr(prefix.size()) : "";
        std::error_code ignored;
        if (!token.empty() && token.find('/') == std::string::npos)
            fs::remove_all(folder / token, ignored);
    }
}

void read_user(
    const JobPtr& job, const std::string& user, std::function<void(const UserRows&)> then
) {
    auto reading = std::make_shared<Reading>();
    reading->job = job;
    reading->rows.user = user;
    reading->rows.domain = job->command.option("--domain");
    reading->then = std::move(then);
    for (const auto& section : job->context.config().transports)
        if (reading->rows.domain.empty() || reading->rows.domain == section.domain.str())
            reading->domains.push_back(section.domain.str());
    auto found = [reading](Result<store::ExportUser::Answer> answer) {
        if (!answer) return fail_store(reading->job, answer.error());
        reading->rows.stored = *std::move(answer);
        read_contacts(reading);
    };
    job->context.store.read(store::ExportUser{reading->rows.domain, user}, std::move(found));
}

}  // namespace sallyport::app
