// SPDX-License-Identifier: Apache-2.0
// RFC 6120 §4.7 and §5, the beginnings of a stream:
//   client: <stream:stream xmlns='jabber:client' xmlns:stream='…' to='example.org' version='1.0'>
//   server: <stream:stream … from='example.org' id='…' version='1.0'><stream:features>…
//   client: <starttls xmlns='…'/>       server: <proceed xmlns='…'/>       and a new stream in TLS
#include <algorithm>
#include <charconv>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/sasl/identity.hpp"
#include "xmpp/stream/server_machine.hpp"

namespace sallyport::xmpp {
namespace {

constexpr std::size_t most_certified = 16;  // addresses of one certificate that are looked up
constexpr std::size_t lang_bytes = 35;      // RFC 5646 §4.4.1: what must be accepted

/// The first number of "1.0"; nothing when there is none.
std::optional<unsigned> major_version(std::string_view version) {
    unsigned major = 0;
    auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), major);
    if (error != std::errc()) return std::nullopt;
    if (end != version.data() + version.size() && *end != '.') return std::nullopt;
    return major;
}

}  // namespace

void ServerMachine::write_header(std::string_view to) {
    std::string id = derive();
    framing_.write_header({options_->domain.str(), to, id, !has(state::old)});
    header_written_ = true;
}

void ServerMachine::on_header(const StreamOpened& opened) {
    if (phase_ != Phase::header)
        return refuse(StreamCondition::bad_format, "A second stream header came.");
    if (!accepts(opened)) return;
    // Only a hint, and answered alike whoever it names (RFC 6120 §4.7.1).
    auto from = Jid::parse(opened.header.attribute("from").value_or(""));
    write_header(from ? from->bare_view() : std::string_view());
    negotiation_->has_foreign_from = from && from->domain() != options_->domain.domain();
    std::string_view lang = opened.header.attribute("xml:lang").value_or("");
    lang_ = lang.size() <= lang_bytes && lang != "en" ? lang : std::string_view();
    phase_ = Phase::open;
    if (!has(state::old)) framing_.write_features(make_features(*this));
}

bool ServerMachine::accepts(const StreamOpened& opened) {
    auto no = [this](StreamCondition condition, std::string text) {
        refuse(condition, std::move(text));
        return false;
    };
    const Element& header = opened.header;
    // RFC 6120 §4.8: namespaces decide, whatever the prefixes are called.
    if (header.name() != "stream")
        return no(StreamCondition::bad_format, "The first element is no stream.");
    if (header.ns() != ns::streams || opened.default_ns != ns::client)
        return no(StreamCondition::invalid_namespace, "This is no stream of jabber:client.");
    std::string_view to = header.attribute("to").value_or("");
    if (to.empty())
        return no(StreamCondition::improper_addressing, "The stream header has no 'to'.");
    // The same one over all restarts of a connection (CVE-2018-10847).
    auto domain = Jid::parse(to);
    if (!domain || *domain != options_->domain)
        return no(StreamCondition::host_unknown, "That domain is not served here.");
    return accepts_version(opened);
}

// RFC 6120 §4.7.5. Without a version a peer knows no features, hence no way to log in but the one
// of XEP-0078.
bool ServerMachine::accepts_version(const StreamOpened& opened) {
    auto major = major_version(opened.header.attribute("version").value_or("0"));
    bool is_old = major == 0u && options_->allows_legacy;
    state_ = is_old ? state_ | state::old : state_ & ~state::old;
    if (is_old || major == 1u) return true;
    refuse(StreamCondition::unsupported_version, "This server speaks version 1.0.");
    return false;
}

// A new stream: fresh parser, nothing remembered (RFC 6120 §4.3.3).
void ServerMachine::restart() {
    phase_ = Phase::header;
    header_written_ = false;
    framing_.restart(limits());
}

void ServerMachine::on_starttls(Element element) {
    if (element.name() != "starttls" || options_->tls == TlsPolicy::off)
        return refuse_starttls(std::move(element));
    // RFC 6120 §5.3.3: nothing may follow, for it would be taken for what TLS protects (the class
    // of CVE-2011-0411).
    // COMPAT(go-xmpp): ends its <starttls/> with a line end, which §5.3.3 forbids. It is let pass:
    // white space says nothing, and goes with this parser; no byte of it meets the next one. What
    // stands behind it is refused as ever, and so is half a tag.
    if (!framing_.is_drained() || !ends_with_tag_)
        return refuse(StreamCondition::policy_violation, "Bytes came behind <starttls/>.");
    framing_.write_element("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    phase_ = Phase::tls;
    wants_tls_ = true;
}

// RFC 6120 §5.4.2.2.
void ServerMachine::refuse_starttls(Element) {
    framing_.write_element("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    say_goodbye();
    end(EndedBy::us, "tls-failure", "TLS cannot begin here.");
}

void ServerMachine::tls_done(TlsDone binding) {
    if (phase_ != Phase::fresh && phase_ != Phase::tls) return;
    state_ |= state::tls | state::secure;
    negotiation_->binding = {
        std::move(binding.exporter), std::move(binding.end_point), std::move(binding.finished)};
    ask_certified(binding.certified);
    if (phase_ == Phase::tls) restart();
}

// RFC 6120 §13.7.2.2.1: an address of another domain says nothing here; §6.3.4: EXTERNAL is for who
// has an account.
void ServerMachine::ask_certified(const std::vector<std::string>& addresses) {
    const auto& mechanisms = options_->mechanisms;
    if (std::find(mechanisms.begin(), mechanisms.end(), "EXTERNAL") == mechanisms.end()) return;
    AskCertified ask;
    for (const std::string& address : addresses) {
        std::optional<std::string> user = sasl::local_user(address, options_->domain.domain());
        if (!user || std::find(ask.users.begin(), ask.users.end(), *user) != ask.users.end())
            continue;
        if (ask.users.size() < most_certified) ask.users.push_back(std::move(*user));
    }
    if (ask.users.empty()) return;
    asked_ = Asked::certificate;
    events_.emplace_back(std::move(ask));
}

}  // namespace sallyport::xmpp
