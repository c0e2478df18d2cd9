// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "gateway/port/inbound.hpp"
#include "gateway/port/outbound.hpp"
#include "gateway/port/query.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport::port {

/// Versioned binary encoding of what waits in the store: old rows are read by newer programs. First
/// byte = version, second = kind.
std::string encode(const SendMessage& message);
Result<SendMessage> decode_send_message(std::string_view bytes);
std::string encode(const MessageReceived& message);
Result<MessageReceived> decode_message_received(std::string_view bytes);
std::string encode(const FormValues& values);
Result<FormValues> decode_form_values(std::string_view bytes);

}  // namespace sallyport::port
