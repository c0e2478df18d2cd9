// SPDX-License-Identifier: Apache-2.0
// Logs in to a real server as our client does (gateway/net/client_link), and says what came of it:
// "MECHANISM online ADDRESS" or "MECHANISM resumed ADDRESS", "token", or the reason of the end.
// Ends with 0 when the (last) session stood and was left in peace.
//
//     client-login DOMAIN USER PASSWORD ca=FILE [host=H] [port=P] [dns=ADDRESS:PORT]
//                  [tls-name=NAME] [cert=FILE key=FILE [authzid=ADDRESS]]
//                  [mechanism=X] [note=BYTES] [sasl2] [direct] [legacy] [clear] [compress] [token]
//                  [resume]
//
// note: it writes itself a message of that length, and waits for it. An empty PASSWORD is none:
// with cert= the login is by certificate then, or fails.
// resume: somebody has to break the connection, and the session goes on. token: it comes back with
// the token that it was given (XEP-0484).
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "gateway/base/clock.hpp"
#include "gateway/base/log.hpp"
#include "gateway/net/client_link.hpp"
#include "gateway/net/resolver.hpp"
#include "gateway/net/timers.hpp"
#include "xmpp/core/values.hpp"

namespace {

using namespace sallyport;

struct Wanted {
    net::ClientPlace place;
    std::string ca;
    net::TlsIdentity certificate;
    std::string authzid;
    std::string dns;
    std::string user, password;
    std::vector<std::string> mechanisms;
    std::vector<std::string> flags;
    std::size_t note_bytes = 0;

    bool has(std::string_view flag) const {
        for (const std::string& one : flags)
            if (one == flag) return true;
        return false;
    }
};

struct Setting {
    std::string_view name;
    void (*set)(Wanted& wanted, std::string value);
};

void set_port(Wanted& wanted, const std::string& value) {
    wanted.place.port = parse_decimal<std::uint16_t>(value).value_or(0);
}

void set_note(Wanted& wanted, const std::string& value) {
    wanted.note_bytes = parse_decimal<std::size_t>(value).value_or(wanted.note_bytes);
}

constexpr std::array<Setting, 10> settings{{
    {"cert=", [](Wanted& w, std::string value) { w.certificate.chain = std::move(value); }},
    {"key=", [](Wanted& w, std::string value) { w.certificate.key = std::move(value); }},
    {"authzid=", [](Wanted& w, std::string value) { w.authzid = std::move(value); }},
    {"ca=", [](Wanted& w, std::string value) { w.ca = std::move(value); }},
    {"host=", [](Wanted& w, std::string value) { w.place.connect_host = std::move(value); }},
    {"port=", [](Wanted& w, std::string value) { set_port(w, value); }},
    {"dns=", [](Wanted& w, std::string value) { w.dns = std::move(value); }},
    {"tls-name=", [](Wanted& w, std::string value) { w.place.tls_name = std::move(value); }},
    {"mechanism=", [](Wanted& w, std::string value) { w.mechanisms.push_back(std::move(value)); }},
    {"note=", [](Wanted& w, std::string value) { set_note(w, value); }},
}};

Wanted read(const std::vector<std::string>& words) {
    Wanted wanted;
    wanted.place.domain = words[0];
    wanted.user = words[1];
    wanted.password = words[2];
    for (std::size_t i = 3; i < words.size(); ++i) {
        const Setting* found = nullptr;
        for (const Setting& one : settings)
            if (words[i].starts_with(one.name)) found = &one;
        if (found)
            found->set(wanted, words[i].substr(found->name.size()));
        else
            wanted.flags.push_back(words[i]);
    }
    if (wanted.has("direct")) wanted.place.direct_tls = true;
    return wanted;
}

/// One link, once more after a break or a goodbye when that was asked for.
class Session final : public net::ClientLinkHandler {
  public:
    explicit Session(Wanted wanted) : wanted_(std::move(wanted)), services_(timers_, dns()) {}

    int run() {
        open();
        const auto limit = timers_.after(std::chrono::seconds(40), [this] { io_.stop(); });
        static_cast<void>(limit);
        io_.run();
        return is_fine_ ? 0 : 1;
    }

  private:
    net::SrvResolver::Options dns() const {
        net::SrvResolver::Options options;
        options.servers = wanted_.dns;
        return options;
    }
    void open() {
        net::ClientLinkOptions options;
        options.place = wanted_.place;
        if (!wanted_.ca.empty()) options.ca = wanted_.ca;
        if (!wanted_.certificate.chain.empty()) options.certificate = wanted_.certificate;
        options.login = [this] { return make_login(); };
        net::ClientRoute route = net::internet(timers_, resolver_, services_);
        net::ClientLink::Tools tools(timers_, log_, aside_, std::move(route));
        link_ = std::make_unique<net::ClientLink>(std::move(tools), std::move(options), *this);
        link_->start();
    }
    xmpp::ClientOptions make_login() const {
        xmpp::ClientOptions o;
        o.user = wanted_.user;
        o.secrets.password = wanted_.password;
        o.authzid = wanted_.authzid;
        o.mechanisms = wanted_.mechanisms;
        o.agent = {"d4565fa7-4d72-4749-b3d3-740edbf87770", "Sallyport", "tests"};
        o.allows_sasl2 = wanted_.has("sasl2") || wanted_.has("token");
        o.allows_legacy = wanted_.has("legacy");
        o.allows_compression = wanted_.has("compress");
        o.wants_token = wanted_.has("token");
        if (wanted_.has("clear")) o.tls = xmpp::ClientTls::optional;
        if (!token_.token.empty()) {
            o.secrets.fast_token = token_.token;
            o.secrets.fast_mechanism = token_.mechanism;
        }
        if (wanted_.mechanisms == std::vector<std::string>{"ANONYMOUS"}) {
            o.user.clear();
            o.secrets = {};
            o.secrets.is_anonymous = true;
        }
        return o;
    }

    void on_up(const xmpp::Jid& full, bool is_resumed) override {
        const char* what = is_resumed ? "resumed" : "online";
        const char* how = mechanism_.empty() ? "iq-auth" : mechanism_.c_str();
        std::printf("%s %s %s\n", how, what, full.str().c_str());
        ++ups_;
        if (wanted_.note_bytes > 0) send_note(full);
        // It has to answer, so that more than the login is known to work.
        auto ping = xmpp::Stanza::iq(xmpp::StanzaType::get, {}, full, "self");
        ping.element().add("ping", "urn:xmpp:ping");
        if (!link_->send(ping)) std::printf("a stanza was not taken\n");
    }
    void send_note(const xmpp::Jid& full) {
        auto note = xmpp::Stanza::message(xmpp::StanzaType::chat, {}, full, "note");
        note.element().add("body", "jabber:client").add_text(std::string(wanted_.note_bytes, 'x'));
        if (!link_->send(note)) std::printf("a stanza was not taken\n");
    }
    void on_stanza(xmpp::Stanza stanza) override {
        if (stanza.id() == "note") {
            const auto body = stanza.element().child_text("body", "jabber:client");
            has_note_ = body && body->size() == wanted_.note_bytes;
        }
        if (stanza.id() != "self") return;
        if (stanza.type() == xmpp::StanzaType::get) return answer(stanza);
        if (wanted_.has("resume") && ups_ == 1) return;  // somebody breaks the connection
        if (wanted_.has("token") && ups_ == 1) return come_back();
        is_fine_ = has_note_ || wanted_.note_bytes == 0;
        if (!is_fine_) std::printf("the message did not come back\n");
        link_->stop([this] { io_.stop(); });
    }
    void answer(const xmpp::Stanza& ping) {
        if (!link_->send(ping.reply())) std::printf("a stanza was not taken\n");
    }
    void come_back() {
        link_->stop([this] { timers_.after(std::chrono::milliseconds(1), [this] { open(); }); });
    }
    void on_down(const net::LinkDown& why) override {
        if (why.fault == net::LinkFault::stopped) return;
        if (wanted_.has("resume") && ups_ == 1) {
            timers_.after(std::chrono::milliseconds(1), [this] { link_->retry_now(); });
            return;
        }
        std::printf("ended: %s (%s)\n", why.reason.c_str(), why.detail.c_str());
        link_->stop([this] { io_.stop(); });
    }
    void on_told(xmpp::ClientStream::Event event) override {
        if (const auto* in = std::get_if<xmpp::LoggedIn>(&event)) mechanism_ = in->mechanism;
        if (const auto* issued = std::get_if<xmpp::TokenIssued>(&event)) token_ = *issued;
    }

    Wanted wanted_;
    boost::asio::io_context io_{1};
    SystemTime time_;
    net::Timers timers_{io_.get_executor(), time_};
    net::Resolver resolver_{io_.get_executor()};
    net::Aside aside_{io_.get_executor()};
    net::SrvResolver services_;
    Log log_{Log::Sink([](std::string_view) {})};
    std::string mechanism_;
    xmpp::TokenIssued token_;
    int ups_ = 0;
    bool has_note_ = false;
    bool is_fine_ = false;
    std::unique_ptr<net::ClientLink> link_;  ///< last: it goes first
};

}  // namespace

int main(int count, char** words) {
    if (count < 4) return 2;
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    Session session(read(std::vector<std::string>(words + 1, words + count)));
    return session.run();
}
