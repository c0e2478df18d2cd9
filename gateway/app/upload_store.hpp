// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "gateway/app/media_store.hpp"
#include "gateway/core/world.hpp"
#include "gateway/net/http_server.hpp"
#include "gateway/server/upload.hpp"

namespace sallyport::app {

/// Files that people of the embedded server upload (XEP-0363): PUT URL/upload/<token>/<name>, once,
/// with the size and type that were announced; then a file of data/media like any other, served and
/// forgotten by MediaStore. Two tokens: who may see a file cannot replace it.
class UploadStore final : public server::UploadPlace {
  public:
    struct Tools {
        core::World& world;
        std::filesystem::path folder;  ///< data/media
        std::string public_url;        ///< "" = nothing is taken
        std::string domain;            ///< of the server: the namespace of its records
        MakeDurable make_durable;
    };
    static constexpr std::chrono::minutes slot_life{15};
    static constexpr std::size_t most_slots = 20;  ///< waiting, of one user
    static constexpr std::size_t most_slots_all = 10'000;
    static constexpr std::uint64_t quota_files = 50;  ///< of the largest size, kept of one user

    explicit UploadStore(Tools tools) : tools_(std::move(tools)) {}

    std::uint64_t max_bytes() const override;
    void reserve(const xmpp::Jid& user, const xmpp::UploadRequest& request, Reserved reserved)
        override;
    void forget(const xmpp::Jid& user, std::span<const std::string> records) override;
    /// Answers PUT and OPTIONS below /upload/.
    net::ReceiverOrResponse receive(const port::HttpRequest& head);

  private:
    struct Slot;
    class Receiver;

    void prune();
    std::size_t slots_of(const std::string& user) const;
    std::uint64_t bytes_of(const store::ScanRecords::Answer& records) const;
    server::UploadPlace::Answer make_slot(
        const std::string& user, const xmpp::UploadRequest& request
    );
    void keep(const std::shared_ptr<Slot>& slot, port::Respond respond);
    void record(const std::shared_ptr<Slot>& slot, port::Respond respond);
    port::HttpResponse recorded(Slot& slot, const Error* why);

    Tools tools_;
    std::map<std::string, std::shared_ptr<Slot>, std::less<>> slots_;  ///< by PUT token
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace sallyport::app
