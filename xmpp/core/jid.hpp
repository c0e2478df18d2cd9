// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "xmpp/core/result.hpp"

namespace sallyport::xmpp {

/// An XMPP address (RFC 7622): parsed and normalised once, cheap to view, hash and compare.
///
/// Normalisation yields the stringprep form (RFC 3920 nodeprep, nameprep, resourceprep), so that
/// keys equal the host's, and refuses in addition what PRECIS disallows. One buffer
/// "local@domain/resource"; views live as long as the Jid.
class Jid {
  public:
    Jid() = default;  ///< the empty address: domain() is "", is_empty() is true

    /// Parses "[local@]domain[/resource]". Errors: empty or oversized part (1023 bytes), forbidden
    /// characters, bad UTF-8.
    static Result<Jid> parse(std::string_view text);
    /// The same from parts; empty `local` or `resource` means absent. `local` is taken as it stands
    /// on the wire (already escaped).
    static Result<Jid> from_parts(
        std::string_view local, std::string_view domain, std::string_view resource = {}
    );

    std::string_view local() const { return std::string_view(text_).substr(0, local_); }
    std::string_view domain() const { return std::string_view(text_).substr(domain_at(), domain_); }
    std::string_view resource() const {
        std::size_t at = domain_at() + domain_ + 1;
        return at >= text_.size() ? std::string_view{} : std::string_view(text_).substr(at);
    }
    /// "local@domain" or "domain"; a view into this Jid.
    std::string_view bare_view() const {
        return std::string_view(text_).substr(0, domain_at() + domain_);
    }
    Jid bare() const;
    /// This address with another resource (normalised); an empty one gives the bare address.
    Result<Jid> with_resource(std::string_view resource) const;

    bool is_empty() const { return text_.empty(); }
    bool is_bare() const { return domain_at() + domain_ == text_.size(); }
    bool is_domain() const { return local_ == 0 && is_bare(); }
    const std::string& str() const { return text_; }

    friend bool operator==(const Jid& a, const Jid& b) { return a.text_ == b.text_; }
    friend auto operator<=>(const Jid& a, const Jid& b) { return a.text_ <=> b.text_; }

  private:
    std::size_t domain_at() const { return local_ == 0 ? 0 : local_ + 1; }
    std::string text_;
    std::size_t local_ = 0;
    std::size_t domain_ = 0;
};

/// XEP-0106: any text as a localpart and back. escape() trims nothing; unescape() leaves unknown
/// sequences alone.
std::string escape_local(std::string_view text);
std::string unescape_local(std::string_view local);

}  // namespace sallyport::xmpp

template <>
struct std::hash<sallyport::xmpp::Jid> {
    std::size_t operator()(const sallyport::xmpp::Jid& jid) const noexcept {
        return std::hash<std::string>{}(jid.str());
    }
};
