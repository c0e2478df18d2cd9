// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "xmpp/core/element.hpp"
#include "xmpp/xml/reader.hpp"

namespace sallyport::xmpp {

/// RFC 6120 §4.9.3, all 25 defined conditions. `undefined` is undefined-condition.
enum class StreamCondition {
    bad_format,
    bad_namespace_prefix,
    conflict,
    connection_timeout,
    host_gone,
    host_unknown,
    improper_addressing,
    internal_server_error,
    invalid_from,
    invalid_namespace,
    invalid_xml,
    not_authorized,
    not_well_formed,
    policy_violation,
    remote_connection_failed,
    reset,
    resource_constraint,
    restricted_xml,
    see_other_host,
    system_shutdown,
    undefined,
    unsupported_encoding,
    unsupported_feature,
    unsupported_stanza_type,
    unsupported_version
};

std::string_view to_string(StreamCondition condition);
std::optional<StreamCondition> parse_stream_condition(std::string_view word);
/// What the peer is told about XML that we stopped reading.
StreamCondition to_condition(XmlFault fault);

/// "End this stream": fatal, whoever sends it (RFC 6120 §4.9.1).
struct StreamError {
    StreamCondition condition = StreamCondition::undefined;
    std::string text;              ///< for a person; may be empty
    std::string host;              ///< of see-other-host; shown, never followed
    std::optional<Element> extra;  ///< application-specific condition, to be sent

    StreamError() = default;
    explicit StreamError(StreamCondition c, std::string t = {})
        : condition(c), text(std::move(t)) {}

    Element to_element() const;
    /// Reads <stream:error/>; unknown content is undefined-condition.
    static StreamError parse(const Element& error);
};

/// True for a <stream:error/> element.
bool is_stream_error(const Element& element);

}  // namespace sallyport::xmpp
