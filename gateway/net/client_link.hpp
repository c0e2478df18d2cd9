// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/net/aside.hpp"
#include "gateway/net/client_questions.hpp"
#include "gateway/net/client_search.hpp"
#include "gateway/net/link_life.hpp"
#include "gateway/net/srv_targets.hpp"
#include "xmpp/core/jid.hpp"
#include "xmpp/core/result.hpp"
#include "xmpp/core/stanza.hpp"
#include "xmpp/stream/client_stream.hpp"

namespace sallyport::net {

/// What a client's link tells its owner. Network thread; never from within a call of the owner's
/// (but for the destructor: nothing then).
class ClientLinkHandler {
  public:
    virtual ~ClientLinkHandler() = default;
    /// A session stands. `full` is what the server made of the wish.
    virtual void on_up(const xmpp::Jid& full, bool is_resumed) = 0;
    /// The link went down, or all targets of an attempt failed: once per up and once per attempt.
    virtual void on_down(const LinkDown& why) = 0;
    virtual void on_stanza(xmpp::Stanza stanza) = 0;
    /// send() takes stanzas again.
    virtual void on_writable() {}
    /// What else the stream says: LoggedIn (its rank is to be kept), TokenIssued (likewise),
    /// TokenRefused, Acknowledged, AckWanted, Malformed, Forged; and LeftOver: these stanzas were
    /// sent, and nobody knows whether they have arrived.
    virtual void on_told(xmpp::ClientStream::Event event) { static_cast<void>(event); }
};

struct ClientLinkOptions {
    ClientPlace place;                        ///< whom to talk to, and where that is
    std::optional<std::filesystem::path> ca;  ///< trust these issuers instead of the system's
    /// Shown to the server, which can make it a login (EXTERNAL). Read at each attempt.
    std::optional<TlsIdentity> certificate;
    /// Who logs in, and how; asked anew for each stream, so that a changed secret is the next
    /// one's. The link itself sets domain, nonce, resumable, has_certificate and the time of
    /// `about`, and `tls` where
    /// TLS comes first; it adds what it has learnt since it was made: a better rank, another token,
    /// and that the domain has TLS (`optional` is `required` from then on).
    std::function<xmpp::ClientOptions()> login;
    /// Unsent bytes above which send() says no. What XEP-0198 keeps has its own bounds
    /// (ClientOptions::management).
    std::size_t queue_bytes = 1024 * 1024;
    std::chrono::milliseconds connect_timeout{10'000};  ///< for each target: name, TCP and TLS
    std::chrono::milliseconds stop_grace{5'000};        ///< for the server's </stream:stream>
};

/// One account's session with an XMPP server: finds it (RFC 6120 §3.2), tries its targets in order,
/// logs in, reads, writes, and comes back by itself, where possible with the session that it had
/// (XEP-0198 §5). No retry where only a person can help (xmpp::advise()): then the owner calls
/// retry_now() when something has changed. Without XEP-0198 what was sent right before a break may
/// be lost. Network thread only.
class ClientLink {
  public:
    struct Tools {
        Timers& timers;
        const Log& log;
        Aside& aside;  ///< derives keys from passwords
        ClientRoute route;
        std::function<double()> random;  ///< uniform in [0, 1), for jitter; empty = the system's

        Tools(Timers& t, const Log& l, Aside& a, ClientRoute r, std::function<double()> x = {})
            : timers(t), log(l), aside(a), route(std::move(r)), random(std::move(x)) {}
    };

    /// `handler` and the tools must outlive the link. REQUIRES: `place.domain` is a domain.
    ClientLink(Tools tools, ClientLinkOptions options, ClientLinkHandler& handler);
    ~ClientLink();  ///< aborts without goodbye; stop() first
    ClientLink(const ClientLink&) = delete;
    ClientLink& operator=(const ClientLink&) = delete;

    void start();
    /// True: taken, and written in order. False: not taken; on_up or on_writable tells when to try
    /// again. An error: this stanza will never be taken.
    Result<bool> send(const xmpp::Stanza& stanza);
    /// send(), and `done` with the answer to it, or why none came within that time; once, never
    /// from within this call, not after destruction, and not at all when it was not taken. A
    /// resumed session still brings the answer; with any other all is lost that was asked before.
    /// The id is the link's. REQUIRES: an iq get or set.
    Result<bool> ask(
        xmpp::Stanza request, std::chrono::milliseconds within, ClientQuestions::Done done
    );
    /// ClientOptions::acknowledges: everything up to the AckWanted of this count is safe.
    void acknowledge(std::uint32_t count);
    /// Back-pressure: the server buffers, and its sign of life is not seen.
    void set_reading(bool on);
    /// Says goodbye within `stop_grace`, then `done`, once for each call. What was not acknowledged
    /// is told as LeftOver before.
    void stop(std::function<void()> done);
    /// Tries at once if it is waiting: after a changed secret.
    void retry_now();

    LinkState state() const;
    const LinkDown& last_down() const;
    std::uint64_t incarnation() const;  ///< counts how often it was up
    std::size_t unsent_bytes() const;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;  ///< callbacks in flight hold weak references
};

}  // namespace sallyport::net
