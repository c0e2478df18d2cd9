// SPDX-License-Identifier: Apache-2.0
#include "xmpp/sasl/choice.hpp"

#include <algorithm>

#include "xmpp/sasl/scram.hpp"

namespace sallyport::xmpp::sasl {
namespace {

template <class T, class U>
bool contains(const std::vector<T>& all, const U& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

// What this row binds with is at hand on both sides.
bool binds(const MechanismRow& row, const Wish& wish) {
    if (row.name.ends_with("-EXPR")) return !wish.binding.exporter.empty();
    if (row.name.ends_with("-ENDP")) return !wish.binding.end_point.empty();
    return !choose_binding(wish.binding, wish.bindings).empty();
}

bool fits(const MechanismRow& row, const Wish& wish) {
    const Needs& needs = row.needs;
    bool is_safe = wish.has_tls || !needs.tls || (wish.allows_clear && !needs.binding);
    return row.make_client && contains(wish.credentials, row.credential) && is_safe &&
           (wish.allows_legacy || !needs.legacy) && (!needs.binding || binds(row, wish)) &&
           (wish.permitted.empty() || contains(wish.permitted, row.name)) &&
           contains(wish.offered, row.name) && !contains(wish.refused, row.name);
}

// XEP-0440 §3, rules 4 and 5: half of the announcement was taken away.
bool is_stripped(const Wish& wish) {
    bool has_plus = offers_binding(wish.offered);
    if (!wish.bindings.empty() && !has_plus) return true;
    return wish.is_sasl2 && has_plus && wish.bindings.empty() && !wish.binding.is_empty();
}

// Ranks of one hundred differ in the hash alone, and a server may stop to offer one.
constexpr int class_size = 100;

}  // namespace

std::variant<const MechanismRow*, GiveUp> choose(const Wish& wish) {
    bool has_password = contains(wish.credentials, Credential::password);
    if (has_password && is_stripped(wish))
        return GiveUp{"channel bindings were announced by halves (XEP-0440)", true};
    for (const MechanismRow& row : mechanisms()) {
        if (!fits(row, wish)) continue;
        if (has_password && row.rank / class_size < wish.pinned_rank / class_size)
            return GiveUp{std::string(row.name) + " is weaker than what worked before", true};
        return &row;
    }
    return GiveUp{"no mechanism that both sides can do"};
}

}  // namespace sallyport::xmpp::sasl
