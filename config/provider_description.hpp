// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/source.hpp"
#include "config/units.hpp"

/// An SMS provider's HTTP API as data: `config/providers/NAME.yaml`, read and checked, with its
/// line numbers. The language is explained in config/providers/README.md; transports/sms/provider
/// turns these values into functions.
namespace sallyport::config {

// --- leaves -------------------------------------------------------------------------------------

/// What a template may do with a value before it is encoded for its place.
enum class Filter {
    digits,   ///< only 0-9
    utf16be,  ///< bytes of UTF-16 without a mark
    latin1,   ///< bytes of ISO 8859-1, "?" for the rest
    base64,
    hex,     ///< lower case
    number,  ///< alone in a JSON leaf: a JSON number instead of a string
};

/// "{base_url}/v2/{to|digits}": literal text and names to fill in.
struct Template {
    struct Part {
        std::string literal;          ///< used when `name` is empty
        std::string name;             ///< "to", "credentials.api_key", "ttl.seconds", …
        std::vector<Filter> filters;  ///< applied in order
    };
    std::vector<Part> parts;
    std::string text;  ///< as written
    SourcePos pos;

    bool is_empty() const { return parts.empty(); }
    /// The name, when the template is that one name with no filter and nothing around it; else "".
    std::string_view sole_name() const;
};

/// One place in what came back.
struct Selector {
    enum class Kind {
        pointer,  ///< /a/0/*/b: JSON pointer, `*` = every element or member
        field,    ///< Name: form or query field
        series,   ///< Name*: Name0, Name1, … (as far as they are there)
        header,   ///< header:X
        regex,    ///< regex:…(…): first group, or the whole match, in the body as text
    };
    struct Step {
        std::string key;     ///< unescaped (RFC 6901)
        bool every = false;  ///< `*`
    };
    Kind kind = Kind::field;
    std::vector<Step> steps;  ///< pointer; none = the whole document
    std::string
        name;  ///< field, series (without `*`), header (lower case), or the expression (ECMAScript)
    std::string text;  ///< as written
    SourcePos pos;
};

/// A selector or a list of them: the first that is present counts. Empty = the key is absent.
using Selectors = std::vector<Selector>;

/// `selector: [value, …]`: holds when what is found equals one of the values, compared as text.
struct Condition {
    Selectors subject;
    std::vector<Template> values;
};

/// A name with a template, in the order of the file.
struct Field {
    std::string name;
    Template value;
};

struct JsonMember;

/// A JSON body with templates at its leaves, members in the order of the file.
struct JsonTemplate {
    enum class Kind {
        object,
        array,    ///< a single item naming a list value becomes that list
        text,     ///< a template; left out when it is one name that is absent or empty
        literal,  ///< unquoted true, false, null or a number, in `value.text`
    };
    Kind kind = Kind::object;
    std::vector<JsonMember> members;
    std::vector<JsonTemplate> items;
    Template value;
};

struct JsonMember {
    std::string name;
    JsonTemplate value;
};

// --- requests -----------------------------------------------------------------------------------

enum class Method { get, post, put };

/// `auth:`, laid on every request of the description (and on media fetches from `media.fetch`
/// hosts).
struct Auth {
    std::optional<std::pair<Template, Template>> basic;  ///< user, password
    std::optional<Template> bearer;
    std::vector<Field> headers;
    std::vector<Field> query;
    std::vector<Field> form;
};

struct Request {
    Method method = Method::get;
    Template url;
    std::vector<Field> headers;
    std::vector<Field> query;
    std::vector<Field> form;           ///< urlencoded body
    std::optional<JsonTemplate> json;  ///< JSON body
    SourcePos pos;
};

/// `accept:` the provider has taken the message.
struct Accept {
    std::vector<int> http;  ///< empty: any 2xx
    std::optional<Selector>
        each;  ///< one element per part; `when` and `id` are then relative to it, all must hold
    std::vector<Condition> when;
    std::optional<std::string> text;  ///< expression that must be found in the body
    Selectors id;                     ///< empty: the provider gives none; several ids are allowed
};

/// `error:` looked up first in the first element that fails `accept.when` (with `each`), then in
/// the whole body.
struct ErrorPlaces {
    Selectors code;
    Selectors text;
};

struct Send {
    Request request;
    std::optional<Request>
        unicode;  ///< instead, when the text is not GSM 7 bit; `unicode:` laid over the request
    std::optional<Request>
        media;  ///< instead, when there are pictures; `media:` laid over the request
    Accept accept;
    ErrorPlaces error;
};

// --- webhooks -----------------------------------------------------------------------------------

enum class HookFormat { form, json, query };
enum class HookKind { inbound, status };

struct Signature {
    std::string scheme;          ///< one of vocabulary.hpp's signature_schemes
    std::vector<Template> keys;  ///< any may match; those that come out empty are skipped
    std::optional<std::chrono::seconds> tolerance;
    std::map<std::string, std::string>
        options;  ///< the scheme's own: "query" or "header" of shared-secret
    SourcePos pos;
};

struct Answer {
    int http = 200;
    std::string type;  ///< Content-Type, empty = none
    std::string body;
};

/// Pictures of a message: either pointed at directly (url, type), or behind a list that has to be
/// fetched.
struct MediaPlaces {
    Selectors url;
    Selectors type;
    Selectors list;  ///< where the URL of the list is
    std::optional<Selector>
        each;         ///< in the fetched list; url and type are then relative to the element
    std::string cut;  ///< removed from the end of each url
};

enum class TextCoding { utf8, utf16be, latin1, utf16be_hex };

/// Parts of one long text that the provider does not join.
struct PartPlaces {
    Selectors reference;
    Selectors number;  ///< from 1
    Selectors total;
};

struct MessagePlaces {
    Selectors id;
    Selectors from;
    Selectors to;  ///< of several, the one that is ours; the rest are others
    Selectors others;
    Selectors text;
    Selectors time;
    TextCoding decode = TextCoding::utf8;  ///< what the field's bytes are
    std::optional<MediaPlaces> media;
    std::optional<PartPlaces> parts;
};

struct ReportPlaces {
    Selectors id;
    bool token_in_path = false;  ///< `token: path`
    Selectors token;             ///< or where our {token} comes back
    Selectors state;
    Selectors code;
    Selectors text;  ///< the provider's words
};

/// The first event whose hook and `when` fit decides; exactly one of message and report is there.
struct Event {
    std::optional<HookKind> hook;
    std::vector<Condition> when;
    std::optional<MessagePlaces> message;
    std::optional<ReportPlaces> report;
    SourcePos pos;
};

struct Hooks {
    Signature signature;
    HookFormat format = HookFormat::form;
    Answer answer;
    std::optional<Selector> each;  ///< one event per element; `""` = the body is an array
    Selectors event;               ///< dedupe key; empty: (kind, id, state)
    Selectors time;
    std::vector<Event> events;
};

// --- questions to the provider ------------------------------------------------------------------

/// Are the credentials right, and is {number} the account's?
struct Check {
    Request request;
    Selectors owned;
};

/// Was an ambiguous message taken?
struct Lookup {
    Request request;
    std::optional<Selector> each;
    std::vector<Condition> when;
    Selectors id;
    Selectors time;
    Selectors state;
    std::chrono::seconds settle = std::chrono::minutes(2);  ///< missed twice, this apart = not sent
};

/// Inbound texts whose webhook was missed.
struct Sweep {
    std::chrono::seconds every = std::chrono::minutes(10);
    Request request;
    std::optional<Selector> each;
    Selectors next;  ///< URL of the next page, absolute or a path
    std::vector<Condition> when;
    MessagePlaces message;
};

// --- the description ----------------------------------------------------------------------------

struct CredentialField {
    std::string name;
    bool is_secret = true;
    bool is_optional = false;
    SourcePos pos;
};

/// A reason (vocabulary.hpp) and the codes that mean it, as text; "http:503" is a response status.
struct ReasonCodes {
    std::string reason;
    std::vector<std::string> codes;
};

enum class ReportState { accepted, sent, delivered, undelivered, failed };

struct ProviderDescription {
    std::string name;
    std::string base_url;  ///< without a trailing slash
    std::vector<CredentialField> credentials;
    Auth auth;
    ProviderLimits limits;
    Send send;
    std::vector<ReasonCodes> errors;
    Hooks hooks;
    std::map<ReportState, std::vector<std::string>> states;
    std::vector<std::string>
        media_hosts;  ///< `media.fetch`: these get our `auth`, besides base_url's host
    std::optional<Check> check;
    std::optional<Lookup> lookup;
    std::optional<Sweep> sweep;
    std::string source;  ///< the file's text, to see on reload whether it changed
    SourcePos pos;

    /// The reason for a code of the provider's, or "" when it is not listed.
    std::string_view reason_of(std::string_view code) const;
    std::optional<ReportState> state_of(std::string_view word) const;
};

/// Reads one description. `file` is what mistakes name; null when there was any mistake.
std::shared_ptr<const ProviderDescription> read_description(
    std::string_view text, const std::string& file, Problems& problems
);

/// The built-in descriptions by name (`builtin:NAME.yaml` in positions). A mistake in one of them
/// is a bug.
std::map<std::string, std::shared_ptr<const ProviderDescription>> builtin_descriptions(
    Problems& problems
);

}  // namespace sallyport::config
