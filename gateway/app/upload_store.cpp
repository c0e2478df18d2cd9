// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/upload_store.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include <boost/system/errc.hpp>

#include "gateway/app/user_rows.hpp"
#include "gateway/base/log.hpp"
#include "xmpp/core/random.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/core/values.hpp"

namespace sallyport::app {
namespace {

namespace fs = std::filesystem;
using port::HttpResponse;
using xmpp::Condition;
using xmpp::ErrorType;
using xmpp::StanzaError;

constexpr std::string_view prefix = "/upload/";
constexpr std::string_view part_name = ".part";  // never served: names begin with no dot

/// Web clients upload from pages of other origins; the token in the path is what they need, no
/// cookie.
HttpResponse answer(int status, std::string text = {}) {
    HttpResponse response(status, std::move(text), "text/plain");
    response.headers.emplace_back("Access-Control-Allow-Origin", "*");
    return response;
}

HttpResponse preflight() {
    HttpResponse response = answer(204);
    response.headers.emplace_back("Access-Control-Allow-Methods", "PUT");
    response.headers.emplace_back("Access-Control-Allow-Headers", "Content-Type");
    response.headers.emplace_back("Access-Control-Max-Age", "7200");
    return response;
}

std::optional<std::uint64_t> length_of(const port::HttpRequest& head) {
    return parse_decimal<std::uint64_t>(port::header(head.headers, "Content-Length").value_or(""));
}

std::string bare_type(std::string_view content_type) {
    return lower_ascii(trim(content_type.substr(0, content_type.find(';'))));
}

}  // namespace

/// A place that was given and waits for its file.
struct UploadStore::Slot {
    std::string user;
    std::string token;  ///< of the file, as others will know it
    std::string name;
    std::uint64_t size_bytes = 0;
    std::string type;  ///< "" = any
    std::chrono::steady_clock::time_point expires{};
    bool is_receiving = false;  ///< or being recorded
    bool is_done = false;
    bool is_void = false;  ///< its user is gone
};

/// Writes one file as it comes. What breaks off leaves nothing, and may be tried again.
class UploadStore::Receiver final : public net::BodyReceiver {
  public:
    Receiver(UploadStore& store, std::shared_ptr<Slot> slot)
        : store_(store), slot_(std::move(slot)), folder_(store.tools_.folder / slot_->token) {
        slot_->is_receiving = true;
        std::error_code failed;
        fs::create_directory(folder_, failed);
        file_.open(folder_ / part_name, std::ios::binary | std::ios::trunc);
    }
    ~Receiver() override {
        if (is_handed_on_) return;
        slot_->is_receiving = false;
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;

    std::optional<HttpResponse> take(std::string_view bytes) override {
        received_ += bytes.size();
        if (received_ > slot_->size_bytes) return answer(413, "More than was announced.\n");
        file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (!file_) return unwritten();
        return std::nullopt;
    }
    void finish(port::Respond respond) override {
        if (slot_->is_void) return respond(answer(404, "No such place.\n"));
        if (received_ != slot_->size_bytes)
            return respond(answer(400, "Not the announced size.\n"));
        file_.close();
        std::error_code failed;
        if (file_) fs::rename(folder_ / part_name, folder_ / slot_->name, failed);
        if (!file_ || failed) return respond(unwritten());
        is_handed_on_ = true;
        store_.keep(slot_, std::move(respond));
    }

  private:
    HttpResponse unwritten() const {
        store_.tools_.world.log.error("upload.unwritten", {{"path", folder_.string()}});
        return answer(507, "It could not be stored.\n");
    }

    UploadStore& store_;
    std::shared_ptr<Slot> slot_;
    fs::path folder_;
    std::ofstream file_;
    std::uint64_t received_ = 0;
    bool is_handed_on_ = false;  ///< the file is whole
};

// ---- places ----

std::uint64_t UploadStore::max_bytes() const {
    return tools_.public_url.empty() ? 0 : tools_.world.config->media.max_bytes;
}

void UploadStore::prune() {
    const auto now = tools_.world.time.now();
    std::erase_if(slots_, [now](const auto& entry) {
        return entry.second->is_done ||
               (entry.second->expires <= now && !entry.second->is_receiving);
    });
}

std::size_t UploadStore::slots_of(const std::string& user) const {
    return static_cast<std::size_t>(std::count_if(slots_.begin(), slots_.end(), [&](const auto& s) {
        return s.second->user == user;
    }));
}

std::uint64_t UploadStore::bytes_of(const store::ScanRecords::Answer& records) const {
    std::uint64_t bytes = 0;
    for (const auto& [key, name] : records.rows) {
        const std::string token = key.substr(key.rfind('/') + 1);
        std::error_code failed;
        const auto size = fs::file_size(tools_.folder / token / name, failed);
        if (!failed) bytes += size;
    }
    return bytes;
}

void UploadStore::reserve(
    const xmpp::Jid& user, const xmpp::UploadRequest& request, Reserved reserved
) {
    store::ScanRecords question{
        tools_.domain, media_record_key(user.str(), ""), tools_.world.time.wall()};
    tools_.world.store.read(
        std::move(question),
        [this,
         user = user.str(),
         request,
         reserved = std::move(reserved),
         watch = std::weak_ptr<int>(alive_)](const Result<store::ScanRecords::Answer>& kept) {
            if (watch.expired()) return;
            if (!kept) return reserved(StanzaError(Condition::internal_server_error));
            std::uint64_t bytes = bytes_of(*kept) + request.size_bytes;
            for (const auto& [token, slot] : slots_)
                if (slot->user == user && !slot->is_done) bytes += slot->size_bytes;
            if (bytes > quota_files * max_bytes())
                return reserved(StanzaError(
                    Condition::resource_constraint,
                    ErrorType::wait,
                    "You have uploaded too much already; old files go after a while."
                ));
            reserved(make_slot(user, request));
        }
    );
}

server::UploadPlace::Answer UploadStore::make_slot(
    const std::string& user, const xmpp::UploadRequest& request
) {
    prune();
    if (slots_of(user) >= most_slots || slots_.size() >= most_slots_all)
        return StanzaError(
            Condition::resource_constraint, ErrorType::wait, "Too many uploads wait already."
        );
    auto slot = std::make_shared<Slot>();
    slot->user = user;
    slot->token = random_id(16);
    slot->type = bare_type(request.content_type);
    slot->name = safe_file_name(request.file_name, slot->type);
    slot->size_bytes = request.size_bytes;
    slot->expires = tools_.world.time.now() + slot_life;
    const std::string put_token = random_id(16);
    xmpp::UploadSlot urls{
        tools_.public_url + std::string(prefix) + put_token + '/' + slot->name,
        tools_.public_url + "/media/" + slot->token + '/' + slot->name};
    slots_.emplace(put_token, std::move(slot));
    return urls;
}

// ---- files ----

net::ReceiverOrResponse UploadStore::receive(const port::HttpRequest& head) {
    if (head.method == "OPTIONS") return preflight();
    prune();
    std::string_view path = std::string_view(head.url).substr(0, head.url.find('?'));
    path.remove_prefix(std::min(prefix.size(), path.size()));
    const auto at = slots_.find(path.substr(0, path.find('/')));
    if (at == slots_.end()) return answer(404, "No such place.\n");
    const std::shared_ptr<Slot>& slot = at->second;
    if (slot->is_receiving) return answer(409, "It is being uploaded.\n");
    const auto length = length_of(head);
    if (!length) return answer(411, "The length must be said.\n");
    if (*length > slot->size_bytes) return answer(413, "More than was announced.\n");
    if (*length != slot->size_bytes) return answer(400, "Not the announced size.\n");
    const auto type = port::header(head.headers, "Content-Type");
    if (type && !slot->type.empty() && bare_type(*type) != slot->type)
        return answer(415, "Not the announced type.\n");
    return std::make_unique<Receiver>(*this, slot);
}

/// The client hears that it is kept once bytes and record are on the disk; what cannot be kept
/// leaves nothing, and may be tried again.
void UploadStore::keep(const std::shared_ptr<Slot>& slot, port::Respond respond) {
    tools_.make_durable(
        tools_.folder / slot->token / slot->name,
        [this, slot, respond = std::move(respond), watch = std::weak_ptr<int>(alive_)](
            const Result<>& synced
        ) mutable {
            if (watch.expired()) return;
            if (synced) return record(slot, std::move(respond));
            const Error why = synced.error();
            respond(recorded(*slot, &why));
        }
    );
}

/// It is its user's: `account export` lists it, `account erase` deletes it.
void UploadStore::record(const std::shared_ptr<Slot>& slot, port::Respond respond) {
    core::World& world = tools_.world;
    world.store.write(
        store::PutRecord{
            tools_.domain,
            media_record_key(slot->user, slot->token),
            slot->name,
            world.time.wall() + world.config->media.keep},
        [this, slot, respond = std::move(respond), watch = std::weak_ptr<int>(alive_)](
            const Result<store::PutRecord::Answer>& kept
        ) {
            if (watch.expired()) return;
            const Error why = kept ? Error() : kept.error();
            respond(recorded(*slot, kept ? nullptr : &why));
        }
    );
}

HttpResponse UploadStore::recorded(Slot& slot, const Error* why) {
    slot.is_receiving = false;
    slot.is_done = why == nullptr && !slot.is_void;
    if (slot.is_done) return answer(201);
    std::error_code ignored;
    fs::remove_all(tools_.folder / slot.token, ignored);
    if (slot.is_void) {
        const std::string key = media_record_key(slot.user, slot.token);
        tools_.world.store.write(store::EraseRecord{tools_.domain, key});
        return answer(404, "No such place.\n");
    }
    const bool is_full = why->code == boost::system::errc::no_space_on_device;
    return answer(is_full ? 507 : 500, "It could not be stored.\n");
}

void UploadStore::forget(const xmpp::Jid& user, std::span<const std::string> records) {
    std::erase_if(slots_, [&](const auto& entry) {
        const bool is_theirs = entry.second->user == user.str();
        if (is_theirs) entry.second->is_void = true;
        return is_theirs;
    });
    remove_media(tools_.folder, user.str(), records);
}

}  // namespace sallyport::app
