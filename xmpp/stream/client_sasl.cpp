// SPDX-License-Identifier: Apache-2.0
// RFC 6120 §6:
//   client: <auth mechanism='…'>base64</auth>     server: <challenge>base64</challenge>
//   client: <response>base64</response>           server: <success>base64</success>, new stream
// and XEP-0388, whose other elements carry the same bytes (client_sasl2.cpp).
#include <algorithm>
#include <array>
#include <utility>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/sasl/choice.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/sasl/scram.hpp"
#include "xmpp/stream/client_login.hpp"
#include "xmpp/stream/client_stream.hpp"
#include "xmpp/stream/sasl_text.hpp"

namespace sallyport::xmpp {
namespace {

std::string encode(std::string_view bytes) {
    return bytes.empty() ? "=" : base64_encode(bytes);
}

std::vector<std::string> texts(const Element& parent, std::string_view name) {
    std::vector<std::string> all;
    parent.for_each([&](const Element& child) {
        if (child.name() == name) all.emplace_back(trim(child.text()));
    });
    return all;
}

std::vector<std::string> binding_types(const Element& features) {
    std::vector<std::string> all;
    const Element* list = features.child("sasl-channel-binding", ns::sasl_bindings);
    if (!list) return all;
    list->for_each([&](const Element& child) {
        if (auto type = child.attribute("type")) all.emplace_back(*type);
    });
    return all;
}

// Other mechanisms may do, on the same stream (RFC 6120 §6.4.5).
bool is_about_mechanism(sasl::Fault fault) {
    return fault == sasl::Fault::invalid_mechanism || fault == sasl::Fault::mechanism_too_weak ||
           fault == sasl::Fault::encryption_required;
}

// A failure of a token: unless the server could not look at it, or has no such account any more.
bool is_about_token(std::optional<sasl::Fault> fault) {
    return fault != sasl::Fault::temporary_auth_failure && fault != sasl::Fault::account_disabled;
}

}  // namespace

std::vector<sasl::Credential> ClientStream::credentials() const {
    const ClientSecrets& secrets = options_.secrets;
    const std::array<std::pair<bool, sasl::Credential>, 5> has{{
        {secrets.has_certificate, sasl::Credential::certificate},
        {!secrets.password.empty(), sasl::Credential::password},
        {!secrets.token.empty(), sasl::Credential::token},
        {!secrets.shared_secret.empty(), sasl::Credential::shared_secret},
        {secrets.is_anonymous, sasl::Credential::nothing},
    }};
    std::vector<sasl::Credential> all;
    for (const auto& [is_there, credential] : has)
        if (is_there) all.push_back(credential);
    return all;
}

void ClientStream::begin_sasl() {
    login_ = std::make_unique<Login>();
    login_->offered = texts(*features_.child("mechanisms", ns::sasl), "mechanism");
    login_->bindings = binding_types(features_);
    choose_mechanism();
}

void ClientStream::begin_sasl2() {
    login_ = std::make_unique<Login>();
    login_->is_sasl2 = true;
    const Element& offer = *features_.child("authentication", ns::sasl2);
    login_->offered = texts(offer, "mechanism");
    login_->bindings = binding_types(features_);
    if (const Element* inlined = offer.child("inline", ns::sasl2)) {
        const Element* fast = inlined->child("fast", ns::fast);
        const Element* bind = inlined->child("bind", ns::bind2);
        if (fast) login_->fast = texts(*fast, "mechanism");
        login_->offers_resume = inlined->child("sm", ns::sm3) != nullptr;
        login_->offers_bind = bind != nullptr;
        const Element* more = bind ? bind->child("inline", ns::bind2) : nullptr;
        if (more)
            more->for_each([this](const Element& feature) {
                auto var = feature.attribute("var");
                if (var == ns::sm3) login_->offers_inline_management = true;
                if (var == ns::carbons) login_->offers_inline_carbons = true;
            });
    }
    choose_mechanism();
}

void ClientStream::choose_mechanism() {
    const ClientSecrets& secrets = options_.secrets;
    Login& login = *login_;
    login.is_fast =
        login.is_sasl2 && !login.is_token_refused && !secrets.fast_token.empty() &&
        std::find(login.fast.begin(), login.fast.end(), secrets.fast_mechanism) != login.fast.end();
    if (login.is_fast) {
        login.row = sasl::find_mechanism(secrets.fast_mechanism);
        if (login.row) return authenticate();
        login.is_fast = false;
    }
    sasl::Wish wish;
    wish.credentials = credentials();
    wish.offered = login.offered;
    wish.permitted = options_.mechanisms;
    wish.bindings = login.bindings;
    wish.refused = login.refused;
    wish.binding = binding_;
    wish.has_tls = has_tls_;
    wish.is_sasl2 = login.is_sasl2;
    wish.allows_legacy = options_.allows_legacy;
    wish.allows_clear = options_.tls == ClientTls::optional;
    wish.pinned_rank = options_.pinned_rank;
    auto choice = sasl::choose(wish);
    if (const auto* why = std::get_if<sasl::GiveUp>(&choice))
        return give_up(why->is_attack ? "sasl-attack" : "sasl-no-mechanism", why->why);
    login.row = std::get<const sasl::MechanismRow*>(choice);
    authenticate();
}

sasl::ClientSetting ClientStream::make_setting(const sasl::MechanismRow& row) const {
    const ClientSecrets& secrets = options_.secrets;
    sasl::ClientSetting setting;
    setting.domain = options_.domain.str();
    setting.user = options_.user;
    switch (row.credential) {
        case sasl::Credential::token:
            setting.password = secrets.token;
            break;
        case sasl::Credential::fast_token:
            setting.password = secrets.fast_token;
            break;
        case sasl::Credential::shared_secret:
            setting.password = secrets.shared_secret;
            break;
        case sasl::Credential::certificate:
            setting.authzid = options_.authzid;
            break;
        default:
            setting.password = secrets.password;
    }
    setting.binding = binding_;
    setting.offered = login_->offered;
    setting.bindings = login_->bindings;
    setting.server_offers_binding = sasl::offers_binding(login_->offered);
    // One for each exchange: several may be tried on a stream.
    setting.nonce = options_.nonce;
    if (!login_->refused.empty()) setting.nonce += std::to_string(login_->refused.size());
    setting.max_iterations = options_.max_iterations;
    return setting;
}

void ClientStream::authenticate() {
    sasl::ClientSetting setting = make_setting(*login_->row);
    login_->mechanism = login_->row->make_client(setting);
    sasl::wipe(setting.password);
    std::optional<std::string> initial = login_->mechanism->initial();
    if (login_->is_sasl2) {
        framing_.write_element(make_authenticate(std::move(initial)));
        return enter(Phase::sasl2);
    }
    Element auth("auth", ns::sasl);
    auth.set("mechanism", login_->row->name);
    if (initial) auth.add_text(encode(*initial));
    framing_.write_element(auth);
    enter(Phase::sasl);
}

void ClientStream::on_sasl(const Element& element) {
    if (element.is("challenge", ns::sasl)) return on_challenge(element);
    if (element.is("success", ns::sasl)) return on_success(element);
    // COMPAT(seed 000): a failure of SASL in the namespace of TLS.
    if (element.is("failure", ns::sasl) || element.is("failure", ns::tls))
        return on_failure(element);
    unexpected(element);
}

void ClientStream::on_challenge(const Element& element) {
    std::optional<std::string> bytes = decode_sasl(element.text());
    if (!bytes) return abort_sasl({"a challenge that is no base64", true});
    respond(login_->mechanism->challenge(*bytes));
}

void ClientStream::derived(std::string_view key, TimePoint now) {
    if (!login_ || !std::exchange(login_->awaits_key, false)) return;
    now_ = now;
    respond(login_->mechanism->derived(key));
}

void ClientStream::respond(sasl::ClientStep step) {
    if (const auto* why = std::get_if<sasl::GiveUp>(&step)) return abort_sasl(*why);
    if (auto* wanted = std::get_if<sasl::KeyWanted>(&step)) {
        login_->awaits_key = true;
        events_.emplace_back(std::move(*wanted));
        return;
    }
    Element response("response", login_->is_sasl2 ? ns::sasl2 : ns::sasl);
    const std::string& text = std::get<std::string>(step);
    if (!text.empty()) response.add_text(base64_encode(text));
    framing_.write_element(response);
    enter(phase_);
}

// What does not know our secret gets no further byte of us.
void ClientStream::abort_sasl(const sasl::GiveUp& why) {
    if (why.is_attack) return end(EndedBy::us, "sasl-attack", why.why);
    framing_.write_element(Element("abort", login_->is_sasl2 ? ns::sasl2 : ns::sasl));
    give_up("sasl-aborted", why.why);
}

bool ClientStream::proves(std::string_view text) {
    std::optional<std::string> data = decode_sasl(text);
    std::optional<sasl::GiveUp> why;
    if (!data)
        why = sasl::GiveUp{"success with what is no base64", true};
    else
        why = login_->mechanism->success(*data);
    if (why) {
        end(EndedBy::us, why->is_attack ? "sasl-attack" : "sasl-not-authorized", why->why);
        return false;
    }
    is_authenticated_ = true;
    const sasl::MechanismRow& row = *login_->row;
    const bool is_password = row.credential == sasl::Credential::password;
    events_.emplace_back(LoggedIn{std::string(row.name), is_password ? row.rank : 0});
    return true;
}

void ClientStream::on_success(const Element& element) {
    if (!proves(element.text())) return;
    if (!framing_.is_drained())
        return refuse(StreamCondition::policy_violation, "Bytes came behind <success/>.");
    login_.reset();
    framing_.restart(options_.limits);
    open_stream();
}

void ClientStream::on_failure(const Element& element) {
    std::optional<sasl::Fault> fault;
    std::string text;
    element.for_each([&](const Element& child) {
        if (!fault) fault = sasl::parse_fault(child.name());
        if (child.name() == "text") text = child.text();
    });
    if (login_->is_fast && is_about_token(fault)) {
        // XEP-0484 §4.1: the token is of no use any more; the account may well be.
        login_->is_token_refused = true;
        sasl::wipe(options_.secrets.fast_token);
        events_.emplace_back(TokenRefused{});
        return choose_mechanism();
    }
    // While a key is derived no other mechanism begins: one answer is awaited, and no more.
    if (fault && is_about_mechanism(*fault) && !login_->awaits_key) {
        login_->refused.emplace_back(login_->row->name);
        return choose_mechanism();
    }
    std::string_view word = to_string(fault.value_or(sasl::Fault::not_authorized));
    give_up("sasl-" + std::string(word), std::move(text));
}

}  // namespace sallyport::xmpp
