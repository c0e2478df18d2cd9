// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/chat_texts.hpp"

#include <array>

#include "gateway/translate/failure_map.hpp"
#include "xmpp/xep/datetime.hpp"

namespace sallyport::core {
namespace {

using port::DeliveryState;
using store::OutboundRow;

constexpr std::array<std::string_view, 10> state_words{
    "waiting",
    "being sent",
    "in doubt",
    "accepted",
    "sent",
    "unconfirmed",
    "delivered",
    "not delivered",
    "failed",
    "expired"};

std::string_view word_of(DeliveryState state) {
    return state_words.at(static_cast<std::size_t>(state));
}

std::string why_of(const OutboundRow& row) {
    if (row.state == DeliveryState::unconfirmed)
        return "given to the network, which never said whether it arrived";
    if (row.state == DeliveryState::expired) return "it could not be sent in time";
    const auto reason = port::parse_reason(row.reason);
    if (reason) return translate::explain(*reason, row.reason_text);
    return row.reason_text.empty() ? row.reason : row.reason_text;
}

std::string texts(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " text" : " texts");
}

}  // namespace

std::string build_minute(WallTime time) {
    std::string text = xmpp::build_datetime(time).substr(0, 16);  // 2027-01-15T08:00
    text[10] = ' ';
    return text + " UTC";
}

std::string build_why_line(const OutboundRow& row) {
    std::string line = build_minute(row.changed_at) + ", to " + row.peer;
    if (!row.preview.empty()) line += ", «" + row.preview + "»";
    line.append(": ").append(word_of(row.state));
    if (const std::string why = why_of(row); !why.empty()) line += " – " + why;
    return line;
}

std::string build_status(
    const Domain& domain, const port::Account& account, const std::vector<OutboundRow>& open
) {
    std::string text = account.own_address.empty() ? "You are registered."
                                                   : "Your number is " + account.own_address + ".";
    if (account.suspended)
        text += "\nYour registration is paused: nothing is sent. Write \"resume\" to go on.";
    const bool is_ready = domain.transport->route(account.own_address).has_value();
    text += is_ready ? "\nThe provider takes texts."
                     : "\nThe provider takes no texts at the moment; yours wait and are sent as "
                       "soon as it does.";
    std::size_t waiting = 0;
    for (const OutboundRow& row : open)
        if (row.state <= DeliveryState::ambiguous) ++waiting;
    const std::size_t sent = open.size() - waiting;
    text += waiting == 0 ? "\nNothing waits to be sent." : "\n" + texts(waiting) + " to be sent.";
    if (sent > 0) text += "\n" + texts(sent) + " sent, with no report of arrival yet.";
    return text;
}

std::string build_queue(const store::Counts::Answer& counts) {
    std::string text = "Messages, by transport and state:";
    for (const auto& [key, count] : counts.outbound)
        text.append("\n").append(key.first).append(", ").append(word_of(key.second)).append(": ") +=
            std::to_string(count);
    for (const auto& [transport, count] : counts.inbox_waiting)
        text.append("\n").append(transport).append(", to be shown: ") += std::to_string(count);
    if (counts.oldest_open)
        text += "\nThe oldest open one is of " + build_minute(*counts.oldest_open) + ".";
    return text;
}

}  // namespace sallyport::core
