// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "config/provider_description.hpp"
#include "gateway/port/http.hpp"
#include "transports/sms/template_engine.hpp"

namespace sallyport::sms {

/// What came from a provider, ready to be looked into: fields, JSON, headers and the raw text.
class Document {
  public:
    /// The views live as long as what they were made of.
    Document(const port::HttpFields& headers, std::string_view body)
        : headers_(&headers), body_(body) {}

    void set_fields(port::HttpFields fields) { fields_ = std::move(fields); }
    /// False when the body is no JSON: pointers then find nothing.
    bool parse_json();

    const port::HttpFields& fields() const { return fields_; }
    const port::HttpFields& headers() const { return *headers_; }
    std::string_view body() const { return body_; }
    const boost::json::value* root() const { return json_.get(); }

  private:
    const port::HttpFields* headers_;
    std::string_view body_;
    port::HttpFields fields_;
    std::unique_ptr<boost::json::value> json_;
};

/// Where to look: the document, and the element that pointers start from (null = the root).
struct Place {
    const Document& document;
    const boost::json::value* element = nullptr;
};

/// A compiled selector list: the first selector that finds something counts.
class Finder {
  public:
    Finder() = default;
    explicit Finder(const config::Selectors& selectors);
    explicit Finder(const std::optional<config::Selector>& selector);

    bool is_empty() const { return selectors_.empty(); }
    bool needs_json() const;
    std::optional<std::string> first(const Place& place) const;
    std::vector<std::string> all(const Place& place) const;
    /// The JSON values that the first selector reaches, as places of their own.
    std::vector<Place> elements(const Place& place) const;

  private:
    struct Compiled;
    std::vector<std::shared_ptr<const Compiled>>
        selectors_;  ///< shared: a Finder is copied with its provider
};

/// `when:` with its values compiled.
class Conditions {
  public:
    Conditions() = default;
    Conditions(const std::vector<config::Condition>& source, const Constants& constants);
    bool is_empty() const { return rows_.empty(); }
    bool needs_json() const;
    bool hold(const Place& place, const Values& values = {}) const;

  private:
    struct Row {
        Finder subject;
        std::vector<CompiledTemplate> values;
    };
    std::vector<Row> rows_;
};

/// Is the expression (ECMAScript) found in the text? False also when the search would take too
/// long.
class TextPattern {
  public:
    explicit TextPattern(const std::string& expression);
    bool is_in(std::string_view text) const { return find(text).has_value(); }
    /// The first group, or the whole match when there is none.
    std::optional<std::string> find(std::string_view text) const;

  private:
    struct Impl;
    std::shared_ptr<const Impl> impl_;
};

}  // namespace sallyport::sms
