// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/pump.hpp"
#include "gateway/server/account_auth.hpp"
#include "gateway/server/fast_tokens.hpp"
#include "gateway/server/hub.hpp"
#include "gateway/server/registration.hpp"
#include "gateway/server/session.hpp"
#include "xmpp/stream/server_stream.hpp"

namespace sallyport::server {

class Archive;
class C2sSession;

/// Whoever holds the connections.
class C2sOwner {
  public:
    virtual ~C2sOwner() = default;
    virtual void on_authenticated(C2sSession& session) = 0;
    /// It was at rest and is not any more: rest() is to be asked again.
    virtual void on_awake(C2sSession& session) = 0;
    /// The connection has ended: the last call; it may destroy the session.
    virtual void on_over(C2sSession& session) = 0;
};

/// What all client connections share. Outlives them.
struct C2sTools {
    Hub& hub;
    AccountAuth& auth;
    FastTokens& tokens;
    Registration& registration;
    net::Timers& timers;
    C2sOwner& owner;
    Metrics::Counter& stanzas_in;
    Metrics::Counter& stanzas_out;
    std::shared_ptr<const net::TlsContext> tls = {};         ///< for STARTTLS; replaced by a reload
    std::shared_ptr<const net::TlsContext> direct_tls = {};  ///< wants ALPN xmpp-client
    std::shared_ptr<const net::TlsContext> web_tls = {};     ///< wants ALPN http/1.1
    std::size_t message_bytes = 256 * 1024;  ///< of a WebSocket, once it is authenticated
    std::size_t read_rate = 10 * 1024;       ///< bytes a second, 0 = no limit
    std::size_t read_burst = 256 * 1024;
    std::size_t send_queue = 1024 * 1024;  ///< unsent bytes above which the session is closed
    Archive* archive = nullptr;            ///< null: there are none
};

/// One client's connection: drives the stream's machine, answers its questions, and is the link
/// under a session of the hub. At rest it holds no buffer, timer (but the machine's) or parser.
class C2sSession final : public SessionLink, private net::PumpOwner<xmpp::ServerStream::Event> {
  public:
    C2sSession(
        C2sTools& tools,
        std::unique_ptr<net::ByteStream> stream,
        std::shared_ptr<const xmpp::ServerStreamOptions> options
    );
    ~C2sSession() override;
    C2sSession(const C2sSession&) = delete;
    C2sSession& operator=(const C2sSession&) = delete;

    void start();  ///< the stream is in the clear, or secured by somebody in front
    /// TLS first (XEP-0368), or all that comes before the messages of a WebSocket; the owner hears
    /// when that fails.
    void start_secured(std::unique_ptr<net::TlsSession> tls);

    Delivery deliver(const xmpp::Stanza& stanza) override;
    void close(const xmpp::StreamError& error) override;
    std::unique_ptr<xmpp::Management> take_management() override;
    bool has_room() const override;

    /// Frees what an idle stream does not need, when nothing came or went since the last call.
    /// True: it is at rest, until the owner hears otherwise.
    bool rest();
    bool is_authenticated() const { return is_authenticated_; }
    const std::string& peer() const { return pump_.stream().peer(); }
    const Session* session() const { return session_; }
    const std::string& user() const { return user_; }

  private:
    void on_event(xmpp::ServerStream::Event event) override;
    void on_closed(const Error& why) override;
    void on_read(std::size_t bytes) override;
    std::unique_ptr<net::TlsSession> make_tls() override;
    void on_tls(const TlsDone& binding) override;

    void on(xmpp::AskAccount ask);
    void on(xmpp::AskCertified ask);
    void on(xmpp::AskBind ask);
    void on(xmpp::AskResume ask);
    void on(xmpp::AskRegister ask);
    void on(xmpp::AskIssue ask);
    void on(xmpp::ProofJudged proof);
    void on(xmpp::SessionStarted started);
    void on(xmpp::ManagementEnabled enabled);
    void on(xmpp::InlineEnabled enabled);
    void on(xmpp::AckWanted wanted);
    void on(xmpp::ClientState state);
    void on(xmpp::TokenInvalidated token);
    void on(xmpp::Received received);
    void on(xmpp::Malformed malformed);
    void on(xmpp::Ended ended);

    std::size_t unsent_bytes() const;
    void secured(const TlsDone& done);
    void judge_token(const xmpp::AskAccount& ask);
    void bind_inline(const xmpp::AskBind& ask);
    void bind(
        const xmpp::AskBind& ask,
        std::vector<xmpp::Element> metadata,
        std::optional<ArchiveSpan> reads_archive
    );
    void answer(xmpp::ServerAnswer answer);
    void authenticated(const std::string& user);
    void stir();
    void leave(bool may_return);
    void pause_reading(std::chrono::milliseconds time);

    C2sTools& tools_;
    net::Pump<xmpp::ServerStream> pump_;
    Session* session_ = nullptr;  ///< while it is ours
    std::string user_;            ///< authenticated localpart, or whose keys were asked for
    net::Timers::Handle timer_;   ///< of the TLS handshake, or of a pause
    std::int64_t credit_;         ///< bytes that may be read now; below 0: pause
    TimePoint credited_{};
    std::string_view mechanism_;  ///< by which that was asked; lives for ever
    bool is_trying_ = false;      ///< it was given keys, and may prove that it knows the password
    bool is_binding_ = false;
    bool is_token_due_ = false;  ///< it logs in by a token that another should follow
    bool is_authenticated_ = false;
    bool is_resting_ = false;
    bool has_stirred_ = true;  ///< since the last rest()
    bool is_reading_ = true;
    std::shared_ptr<int> alive_ = std::make_shared<int>();  ///< watched by answers on their way
};

}  // namespace sallyport::server
