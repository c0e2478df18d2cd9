// SPDX-License-Identifier: Apache-2.0
// Kannel's smsbox: /cgi-bin/sendsms, dlr-url and get-url with their escapes (Kannel user guide,
// "SMSBox Administration").
#include <algorithm>
#include <charconv>
#include <sstream>

#include "tests/simulator/provider.hpp"

namespace simulator {
namespace {

constexpr int bit_delivered = 1;
constexpr int bit_undelivered = 2;
constexpr int bit_accepted = 8;
constexpr int bit_refused = 16;

int bit_of(const std::string& state) {
    static const std::map<std::string, int> bits{
        {"delivered", bit_delivered},
        {"undelivered", bit_undelivered},
        {"sent", bit_accepted},
        {"failed", bit_refused},
    };
    return bits.at(state);
}

/// Kannel signs nothing: a secret in the address stands for a signature, so a wrong one is garbled
/// and a missing one cut out.
std::string spoil(const std::string& url, Signing signing) {
    std::size_t at = url.find("secret=");
    if (at == std::string::npos || signing == Signing::good || signing == Signing::old) return url;
    if (signing == Signing::bad) return url.substr(0, at + 7) + "wrong" + url.substr(at + 7);
    std::size_t end = std::min(url.find('&', at), url.size() - 1);
    return url.substr(0, at) + url.substr(end + 1);
}

/// The text as UTF-8: with coding=2 it is UTF-16BE unless a charset says otherwise.
std::string decode_text(const Fields& fields) {
    std::string text = field(fields, "text");
    std::string charset = field(fields, "charset");
    if (field(fields, "coding") == "2" && (charset.empty() || charset == "UTF-16BE"))
        return utf16be_to_utf8(text);
    if (charset == "ISO-8859-1" || charset == "latin1") return latin1_to_utf8(text);
    return text;
}

class Kannel final : public Provider {
  public:
    using Provider::Provider;

    std::string name() const override { return "kannel"; }
    bool owns_path(const std::string& path) const override { return path.starts_with("/cgi-bin/"); }
    bool is_send(const Incoming& request) const override {
        return request.path == "/cgi-bin/sendsms";
    }

    std::variant<std::vector<Message>, Refusal> parse_send(const Incoming& request) const override;
    std::string make_id(const Message&) const override { return random_uuid(); }
    Answer build_accepted(const std::vector<MessagePtr>&) const override {
        return text_answer(202, "0: Accepted for delivery");
    }
    Answer build_refused(const Refusal& refusal) const override;
    Answer answer_query(const Incoming&) override { return text_answer(404, "Unknown request."); }

    std::optional<Webhook> build_report(
        const Message& message, const std::string& url, const std::string& state, Signing signing
    ) const override;
    Webhook build_inbound(const Message& message, const std::string& url, Signing signing)
        const override;
    RetryRule retry_rule(const std::string&) const override { return {}; }
    std::string usual_code(const std::string&) const override { return "NACK/0x0000000b"; }

  private:
    static Answer text_answer(unsigned status, std::string body) {
        Answer answer;
        answer.status = status;
        answer.body = std::move(body);
        answer.type = "text/html";
        return answer;
    }
    using Escapes = std::map<char, std::string>;
    [[nodiscard]] static Escapes escapes_of(
        const Message& message, const std::string& phone, const std::string& number
    );
    [[nodiscard]] static std::string fill(const std::string& url, const Escapes& escapes);
};

std::variant<std::vector<Message>, Refusal> Kannel::parse_send(const Incoming& request) const {
    const Fields& fields =
        request.method == "POST" && !request.form.empty() ? request.form : request.query;
    auto either = [&fields](const char* name, const char* other) {
        return has_field(fields, name) ? field(fields, name) : field(fields, other);
    };
    bool is_known = either("username", "user") == world_.config.username &&
                    either("password", "pass") == world_.config.password;
    if (!is_known) return Refusal{403, "", "Authorization failed for sendsms"};
    Message message;
    message.from = field(fields, "from");
    message.text = decode_text(fields);
    message.callback = field(fields, "dlr-url");
    message.ttl = field(fields, "validity");
    std::string mask = field(fields, "dlr-mask");
    message.report_mask = 0;
    std::from_chars(mask.data(), mask.data() + mask.size(), message.report_mask);
    std::vector<Message> messages;
    std::istringstream receivers(field(fields, "to"));
    for (std::string to; receivers >> to;) {
        message.to = to;
        messages.push_back(message);
    }
    if (messages.empty()) return Refusal{400, "", "Missing receiver number, rejected"};
    if (message.from.empty()) return Refusal{400, "", "Sender missing and no global set, rejected"};
    return messages;
}

Answer Kannel::build_refused(const Refusal& refusal) const {
    bool is_temporary = refusal.status == 503 || refusal.status == 429;
    return text_answer(
        refusal.status, is_temporary ? "Temporal failure, try again later." : refusal.why
    );
}

Kannel::Escapes Kannel::escapes_of(
    const Message& message, const std::string& phone, const std::string& number
) {
    bool is_gsm = has_gsm_alphabet(message.text);
    auto plain = [](std::string text) {
        return text.starts_with("00") ? "+" + text.substr(2) : text;
    };
    std::string first = message.text.substr(0, message.text.find(' '));
    return {
        {'p', phone},
        {'P', number},
        {'q', plain(phone)},
        {'Q', plain(number)},
        {'a', message.text},
        {'b', is_gsm ? message.text : utf8_to_utf16be(message.text)},
        {'k', first},
        {'s', first},
        {'S', first},
        {'r', message.text},
        {'I', message.id},
        {'F', message.id},
        {'t', iso_time(message.at).replace(10, 1, " ").substr(0, 19)},
        {'T', std::to_string(std::chrono::system_clock::to_time_t(message.at))},
        {'i', "simulator"},
        {'n', "sallyport"},
        {'c', is_gsm ? "0" : "2"},
        {'C', is_gsm ? "UTF-8" : "UTF-16BE"},
        {'u', ""},
        {'A', ""},
        {'d', ""},
        {'%', "%"},
    };
}

std::string Kannel::fill(const std::string& url, const Escapes& escapes) {
    std::string out;
    for (std::size_t i = 0; i < url.size(); ++i) {
        auto escape =
            url[i] == '%' && i + 1 < url.size() ? escapes.find(url[i + 1]) : escapes.end();
        if (escape == escapes.end()) {
            out.push_back(url[i]);
            continue;
        }
        out += percent_encode(escape->second);
        ++i;
    }
    return out;
}

std::optional<Webhook> Kannel::build_report(
    const Message& message, const std::string& url, const std::string& state, Signing signing
) const {
    int bit = bit_of(state);
    if (url.empty() || (message.report_mask & bit) == 0) return std::nullopt;
    Escapes escapes = escapes_of(message, message.to, message.from);
    escapes['d'] = std::to_string(bit);
    bool is_good = bit == bit_delivered || bit == bit_accepted;
    escapes['A'] = bit == bit_accepted    ? "ACK/"
                   : is_good              ? ""
                   : message.code.empty() ? usual_code(state)
                                          : message.code;
    Webhook hook;
    hook.method = "GET";
    hook.url = spoil(fill(url, escapes), signing);
    return hook;
}

Webhook Kannel::build_inbound(const Message& message, const std::string& url, Signing signing)
    const {
    Webhook hook;
    hook.method = "GET";
    hook.url = spoil(fill(url, escapes_of(message, message.from, message.to)), signing);
    return hook;
}

}  // namespace

std::unique_ptr<Provider> make_kannel(World& world) {
    return std::make_unique<Kannel>(world);
}

}  // namespace simulator
