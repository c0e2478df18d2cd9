// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/media_store.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <system_error>

#include "gateway/app/user_rows.hpp"
#include "gateway/base/durable_file.hpp"
#include "gateway/base/log.hpp"
#include "xmpp/core/random.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::app {
namespace {

namespace fs = std::filesystem;
using core::MediaError;

constexpr int copy_attempts = 3;
constexpr std::chrono::seconds copy_pause{2};

struct Type {
    std::string_view media_type;
    std::string_view extension;
};
constexpr std::array types{
    Type{"image/jpeg", ".jpg"},
    Type{"image/png", ".png"},
    Type{"image/gif", ".gif"},
    Type{"image/webp", ".webp"},
    Type{"image/heic", ".heic"},
    Type{"video/mp4", ".mp4"},
    Type{"video/3gpp", ".3gp"},
    Type{"audio/mpeg", ".mp3"},
    Type{"audio/amr", ".amr"},
    Type{"audio/ogg", ".ogg"},
    Type{"audio/mp4", ".m4a"},
    Type{"text/vcard", ".vcf"},
    Type{"text/plain", ".txt"},
    Type{"application/pdf", ".pdf"},
};

std::string bare_type(std::string_view content_type) {
    return lower_ascii(trim(content_type.substr(0, content_type.find(';'))));
}

std::string_view extension_of(std::string_view media_type) {
    auto at = std::find_if(types.begin(), types.end(), [&](const Type& type) {
        return type.media_type == media_type;
    });
    return at == types.end() ? ".bin" : at->extension;
}

std::string_view type_of(std::string_view name) {
    auto at = std::find_if(types.begin(), types.end(), [&](const Type& type) {
        return name.ends_with(type.extension);
    });
    return at == types.end() ? "application/octet-stream" : at->media_type;
}

bool is_safe(std::string_view part) {
    return !part.empty() && part.front() != '.' &&
           std::all_of(part.begin(), part.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '-' || c == '_';
           });
}

std::uint64_t length_of(const port::HttpResponse& response) {
    std::uint64_t length = 0;
    const auto text = port::header(response.headers, "Content-Length").value_or("");
    std::from_chars(text.data(), text.data() + text.size(), length);
    return length;
}

/// A page of another origin asks whether it may get a file with fields of its own (Range).
port::HttpResponse preflight() {
    port::HttpResponse response(204);
    response.headers = {
        {"Access-Control-Allow-Origin", "*"},
        {"Access-Control-Allow-Methods", "GET, HEAD"},
        {"Access-Control-Allow-Headers", "Range"},
        {"Access-Control-Max-Age", "7200"}};
    return response;
}

std::string mebibytes(std::uint64_t bytes) {
    return std::to_string((bytes + 1024 * 1024 - 1) / (1024 * 1024)) + " MiB";
}

}  // namespace

std::string safe_file_name(std::string_view name, std::string_view media_type) {
    constexpr std::size_t most_bytes = 96;
    name = name.substr(name.find_last_of("/\\") + 1);
    if (name.size() > most_bytes) name = name.substr(name.size() - most_bytes);
    std::string safe;
    for (const char c : name) {
        const bool is_plain = is_safe(std::string_view(&c, 1)) || c == '.';
        if (is_plain)
            safe += c;
        else if (!safe.ends_with('_'))
            safe += '_';
    }
    safe.erase(0, safe.find_first_not_of('.'));
    if (safe.empty()) safe = "file";
    const bool has_no_known_ending = type_of(safe) == "application/octet-stream";
    if (has_no_known_ending && extension_of(media_type) != ".bin") safe += extension_of(media_type);
    return safe;
}

MakeDurable make_durable_beside(net::Aside& disk) {
    return [&disk](const fs::path& file, std::function<void(Result<>)> done) {
        auto synced = std::make_shared<Result<>>();
        disk.run(
            [file, synced] {
                *synced = sync_file(file);
                for (const fs::path& folder :
                     {file.parent_path(), file.parent_path().parent_path()})
                    if (*synced) *synced = sync_folder(folder);
            },
            [synced, done = std::move(done)] { done(std::move(*synced)); }
        );
    };
}

struct MediaStore::Copy {
    core::Domain& domain;
    std::string own;
    port::Attachment attachment;
    Copied done;
    int attempts = 0;
};

port::HttpRequest MediaStore::guarded(std::string method, std::string url) const {
    port::HttpRequest request(std::move(method), std::move(url));
    request.public_addresses_only = true;
    for (const config::Cidr& trusted : limits().trust)
        request.trusted_networks.push_back(trusted.text);
    request.max_body_bytes = limits().max_bytes;
    request.follow_redirects = true;
    request.timeout = std::chrono::seconds(20);
    return request;
}

void MediaStore::copy_in(
    core::Domain& domain, const std::string& own, port::Attachment attachment, Copied done
) {
    if (tools_.public_url.empty())
        return done(MediaError{"this gateway has no public address to show it from"});
    attempt(std::make_shared<Copy>(Copy{domain, own, std::move(attachment), std::move(done)}));
}

void MediaStore::attempt(const std::shared_ptr<Copy>& copy) {
    ++copy->attempts;
    // The transport says with which credentials, if any: only it knows which hosts may see them.
    port::HttpRequest request = copy->domain.transport->media_request(copy->attachment, copy->own);
    const bool is_ours =
        request.username.has_value() || port::header(request.headers, "Authorization").has_value();
    port::HttpRequest fetch = guarded("GET", request.url);
    fetch.headers = std::move(request.headers);
    fetch.username = std::move(request.username);
    fetch.password = std::move(request.password);
    fetch.public_addresses_only =
        !is_ours;  // a provider's own host may stand in our network; any other may not
    tools_.http.request(std::move(fetch), [this, copy](port::HttpResult result) {
        if (result.response && result.response->status == 200) return keep(copy, *result.response);
        const std::string why =
            result.response ? "the server answered " + std::to_string(result.response->status)
                            : result.failure->text;
        const bool is_final =
            (result.response && result.response->status / 100 == 4) ||
            (result.failure && result.failure->kind == port::HttpFailure::Kind::refused);
        if (is_final || copy->attempts >= copy_attempts) return copy->done(MediaError{why});
        tools_.world.scheduler.at(tools_.world.time.now() + copy_pause, [this, copy] {
            attempt(copy);
        });
    });
}

void MediaStore::keep(const std::shared_ptr<Copy>& copy, const port::HttpResponse& response) {
    const std::string type = bare_type(
        port::header(response.headers, "Content-Type").value_or(copy->attachment.media_type)
    );
    const std::string token = random_id(16);
    const std::string name = "file" + std::string(extension_of(type));
    const fs::path path = tools_.folder / token / name;
    std::error_code failed;
    fs::create_directory(path.parent_path(), failed);
    std::ofstream file(path, std::ios::binary);
    file.write(response.body.data(), static_cast<std::streamsize>(response.body.size()));
    file.close();
    port::Attachment kept(tools_.public_url + "/media/" + token + "/" + name, type);
    kept.name = name;
    kept.size_bytes = response.body.size();
    auto finish = [this, copy, path, kept = std::move(kept)](const Result<>& synced) mutable {
        if (synced) {
            remember(copy->domain, copy->own, path);
            return copy->done(std::move(kept));
        }
        tools_.world.log.error("media.unwritten", {{"error", synced.error().to_string()}});
        std::error_code ignored;
        fs::remove_all(path.parent_path(), ignored);
        copy->done(MediaError{"the gateway could not store it"});
    };
    if (failed || !file) return finish(Error("cannot write " + path.string()));
    tools_.make_durable(path, std::move(finish));
}

/// A picture is its user's: `account export` lists it, `account erase` deletes it.
void MediaStore::remember(
    const core::Domain& domain, const std::string& own, const fs::path& file
) {
    const port::Account* account = domain.accounts.find_by_own_address(own);
    if (!account) return;
    const std::string token = file.parent_path().filename();
    tools_.world.store.write(
        store::PutRecord{
            domain.name,
            media_record_key(account->user.text, token),
            file.filename(),
            tools_.world.time.wall() + limits().keep},
        [this](const Result<store::PutRecord::Answer>& kept) {
            // Shown all the same: without its record it goes when `media.keep` is over, and no
            // sooner.
            if (!kept)
                tools_.world.log.error("media.unrecorded", {{"error", kept.error().to_string()}});
        }
    );
}

void MediaStore::check_out(std::string url, Copied done) {
    const bool is_trusted_plain = url.starts_with("http://") && !limits().trust.empty();
    if (!url.starts_with("https://") && !is_trusted_plain)
        return done(MediaError{
            "Only links that begin with https:// can be sent as pictures or files."});
    look(url, "HEAD", std::move(done));
}

void MediaStore::look(const std::string& url, std::string method, Copied done) {
    port::HttpRequest request = guarded(std::move(method), url);
    if (url.starts_with("http://")) request.public_addresses_only = true;
    tools_.http.request(
        std::move(request),
        [this, url, done = std::move(done)](port::HttpResult result) {
            if (result.failure)
                return done(MediaError{"The link cannot be fetched: " + result.failure->text});
            const port::HttpResponse& response = *result.response;
            if (response.status / 100 != 2)
                return done(MediaError{
                    "The link cannot be fetched: the server answers " +
                    std::to_string(response.status) + "."});
            const std::uint64_t size = length_of(response);
            if (size > limits().max_bytes)
                return done(MediaError{
                    "The file has " + mebibytes(size) + "; at most " +
                    mebibytes(limits().max_bytes) + " can be sent."});
            port::Attachment seen(
                url, bare_type(port::header(response.headers, "Content-Type").value_or(""))
            );
            seen.size_bytes = size;
            done(std::move(seen));
        }
    );
}

net::FileOrResponse MediaStore::serve(const port::HttpRequest& request) const {
    if (request.method == "OPTIONS") return preflight();
    std::string_view path = request.url;
    path = path.substr(0, path.find('?'));
    constexpr std::string_view prefix = "/media/";
    if (!path.starts_with(prefix)) return port::HttpResponse(404);
    path.remove_prefix(prefix.size());
    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos) return port::HttpResponse(404);
    const std::string_view token = path.substr(0, slash), name = path.substr(slash + 1);
    if (!is_safe(token) || !is_safe(name)) return port::HttpResponse(404);
    const fs::path file = tools_.folder / token / name;
    std::error_code failed;
    if (!fs::is_regular_file(file, failed)) return port::HttpResponse(404);
    net::FileAnswer answer(file, std::string(type_of(name)), std::string(name));
    // Only what a browser shows without running it is shown.
    const std::string& type = answer.content_type;
    answer.attachment =
        !type.starts_with("image/") && !type.starts_with("video/") && !type.starts_with("audio/");
    answer.max_age = std::chrono::hours(24);
    return answer;
}

std::size_t MediaStore::prune() const {
    const auto oldest = fs::file_time_type::clock::now() - limits().keep;
    std::size_t removed = 0;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(tools_.folder, failed)) {
        std::error_code ignored;
        if (fs::last_write_time(entry, ignored) >= oldest || ignored) continue;
        fs::remove_all(entry, ignored);
        ++removed;
    }
    return removed;
}

}  // namespace sallyport::app
