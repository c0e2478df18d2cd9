// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/provider_description.hpp"
#include "gateway/port/http.hpp"
#include "transports/sms/template_engine.hpp"

namespace sallyport::sms {

/// `auth:` with its credentials filled in.
struct CompiledAuth {
    CompiledAuth() = default;
    CompiledAuth(const config::Auth& source, const Constants& constants);
    /// Lays Basic and headers on a request: what a media fetch gets.
    void apply(port::HttpRequest& request) const;

    std::optional<std::pair<std::string, std::string>> basic;
    port::HttpFields headers;
    port::HttpFields query;
    port::HttpFields form;
};

/// One request of a description, compiled: building it is appending.
class RequestBuilder {
  public:
    RequestBuilder(
        const config::Request& source, const CompiledAuth& auth, const Constants& constants
    );
    port::HttpRequest build(const Values& values) const;
    bool mentions_media() const;

  private:
    struct Field {
        std::string name;  ///< encoded for its place
        CompiledTemplate value;
    };
    struct Json {
        config::JsonTemplate::Kind kind = config::JsonTemplate::Kind::object;
        std::vector<std::pair<std::string, Json>> members;  ///< names with quotes and colon
        std::vector<Json> items;
        CompiledTemplate value;
        std::string literal;
    };
    static std::vector<Field> compile(
        const std::vector<config::Field>& fields,
        const port::HttpFields& auth,
        const Constants& constants
    );
    static Json compile_json(const config::JsonTemplate& source, const Constants& constants);
    static bool append_json(std::string& out, const Json& json, const Values& values);
    static bool append_object(std::string& out, const Json& json, const Values& values);
    static bool append_array(std::string& out, const Json& json, const Values& values);
    static bool json_mentions_media(const Json& json);
    static void append_fields(
        std::string& out, const std::vector<Field>& fields, const Values& values
    );

    std::string method_;
    CompiledTemplate url_;
    std::vector<Field> headers_;
    std::vector<Field> query_;
    std::vector<Field> form_;
    std::optional<Json> json_;
    CompiledAuth auth_;
};

}  // namespace sallyport::sms
