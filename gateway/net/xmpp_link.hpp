// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "config/secret.hpp"
#include "config/units.hpp"
#include "gateway/net/link_life.hpp"
#include "xmpp/core/jid.hpp"
#include "xmpp/core/result.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::net {

class ByteStream;
class Resolver;

/// What one link tells its owner. Network thread; never from within a call of the owner's (but for
/// the destructor: nothing then).
class LinkHandler {
  public:
    virtual ~LinkHandler() = default;
    virtual void on_up() = 0;  ///< the host accepted the handshake; stanzas may be sent
    /// The link went down, or an attempt failed: once per up and once per attempt.
    virtual void on_down(const LinkDown& why) = 0;
    virtual void on_stanza(xmpp::Stanza stanza) = 0;
    /// A stanza with a bad header: to be bounced with this error if its `from` can be read.
    virtual void on_malformed(xmpp::Element element, xmpp::StanzaError error) = 0;
    /// The send queue, once full, is half empty again.
    virtual void on_writable() = 0;
};

struct LinkOptions {
    config::Endpoint address;
    config::Tls tls;
    xmpp::Jid domain;
    config::Secret secret;
    /// Unsent bytes above which send() says no. Above half of it the host is not read, and as much
    /// again is kept for answers to what was read before.
    std::size_t queue_bytes = 8 * 1024 * 1024;
    std::chrono::milliseconds connect_timeout{10'000};  ///< name, TCP and TLS together
    std::chrono::milliseconds keepalive{60'000};        ///< silence after which a space is written
    std::chrono::milliseconds stop_grace{5'000};        ///< for the host's </stream:stream>
};

/// How a link gets its bytes; replaced in tests. Calls back exactly once, never from within the
/// call.
using ConnectDone = std::function<void(Result<std::unique_ptr<ByteStream>>)>;
using Connector = std::function<void(ConnectDone)>;
/// TCP, Unix socket or direct TLS to `options.address`. `resolver` and `timers` must outlive it.
Connector tcp_connector(Timers& timers, Resolver& resolver, const LinkOptions& options);

/// One component domain's link to its host: connects, shakes hands, reads, writes, keeps alive, and
/// comes back by itself. One write per loop turn. Network thread only. XEP-0114.
class XmppLink {
  public:
    struct Tools {
        Timers& timers;
        const Log& log;
        Connector connect;
        std::function<double()> random;  ///< uniform in [0, 1), for jitter; empty = the system's

        Tools(Timers& t, const Log& l, Connector c, std::function<double()> r = {})
            : timers(t), log(l), connect(std::move(c)), random(std::move(r)) {}
    };

    /// `handler` and the tools must outlive the link.
    XmppLink(Tools tools, LinkOptions options, LinkHandler& handler);
    ~XmppLink();  ///< aborts without goodbye; stop() first
    XmppLink(const XmppLink&) = delete;
    XmppLink& operator=(const XmppLink&) = delete;

    void start();
    /// True: taken, it will be written in order unless the link breaks. False: not taken, the link
    /// is not up or its queue is full; on_up or on_writable tells when to try again. An error: the
    /// egress guard refuses this stanza for ever. Answers, errors and presence, which nobody would
    /// try again, are taken beyond a full queue, from a reserve as large as it.
    Result<bool> send(const xmpp::Stanza& stanza);
    /// Whether send() would take a stanza now.
    bool is_writable() const;
    /// Stops or resumes reading from the host: back-pressure, and the drain. The host buffers.
    void set_reading(bool on);
    /// False while told not to, or while too much waits to be sent: then an answer of the host may
    /// lie unread.
    bool is_reading() const;
    /// Sends what is queued and </stream:stream>, waits for the host's, closes; at most
    /// `stop_grace`. Then `done`, once for each call.
    void stop(std::function<void()> done);
    /// Tries at once if it is waiting (SIGHUP with a new secret).
    void retry_now();
    void set_secret(config::Secret secret);

    LinkState state() const;
    const xmpp::Jid& domain() const;
    std::uint64_t incarnation() const;  ///< counts how often it was up: part of barrier ids
    std::size_t unsent_bytes() const;   ///< accepted by send(), not yet taken by the kernel
    std::uint64_t reconnects() const;   ///< attempts after the first
    const LinkDown& last_down() const;  ///< meaningful unless it has always been up

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;  ///< callbacks in flight hold weak references
};

}  // namespace sallyport::net
