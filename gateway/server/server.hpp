// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "gateway/core/core.hpp"
#include "gateway/server/account_auth.hpp"
#include "gateway/server/c2s_listener.hpp"
#include "gateway/server/components.hpp"
#include "gateway/server/fast_tokens.hpp"
#include "gateway/server/hub.hpp"
#include "gateway/server/standard_services.hpp"

namespace sallyport::server {

/// The embedded server as a whole: hub, services, logins and listeners.
class Server {
  public:
    struct Tools {
        core::Core& core;
        net::Timers& timers;
        std::filesystem::path data;  ///< where a certificate of our own making lies
        std::string unknown_key;     ///< salts for users who do not exist are made of it
        UploadPlace* uploads = nullptr;
        std::string token_key = {};  ///< tokens to log in by are made of it
        /// How long archives keep messages; nothing = there are no archives.
        std::optional<std::chrono::milliseconds> archive = std::chrono::days(30);
    };
    /// Reads the certificate, or makes one. The core outlives it.
    static Result<std::unique_ptr<Server>> make(Tools tools, const config::ServerConfig& section);
    ~Server();

    /// Opens the listeners: people may log in. Errors name the address.
    Result<> listen(const config::ServerConfig& section);
    /// What those who connect are shown, and whose certificates are believed.
    struct Identity {
        C2sListener::Tls tls;
        std::string fingerprint;
        bool is_self_signed = false;
    };
    /// Reads the files that a section names, or makes a certificate. Nothing is shown by that.
    Result<Identity> read_identity(const config::ServerConfig& section) const;
    /// For connections from now on.
    void show(Identity identity);
    void stop_listening();
    /// Ends all streams with system-shutdown; `stopped` when they are gone, or after a grace.
    void stop(std::function<void()> stopped);
    /// Drops what is still connected, before what the sessions speak to goes.
    void close_connections();

    Hub& hub() { return hub_; }
    const Hub& hub() const { return hub_; }
    AccountAuth& auth() { return auth_; }
    const C2sListener& clients() const { return clients_; }
    const Components& components() const { return components_; }
    const std::string& fingerprint() const { return identity_.fingerprint; }
    bool is_self_signed() const { return identity_.is_self_signed; }

  private:
    Server(Tools tools, const config::ServerConfig& section);
    std::shared_ptr<xmpp::ServerStreamOptions> stream_options(
        const config::ServerConfig& section, xmpp::TlsPolicy tls
    ) const;

    Tools tools_;
    Hub hub_;
    AccountAuth auth_;
    FastTokens tokens_;
    StandardServices services_;
    C2sListener clients_;
    Components components_;
    Identity identity_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace sallyport::server
