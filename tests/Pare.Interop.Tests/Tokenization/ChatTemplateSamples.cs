namespace Pare.Interop.Tests.Tokenization;

/// <summary>Templates written with the means that the templates of the shipped families use, and single expressions.</summary>
internal static class ChatTemplateSamples
{
    /// <summary>Whole templates.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        // ChatML, SmolLM2's way: a default system message from inside the loop, no whitespace control.
        "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nDefault.<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",

        // Llama 2: the system message moves into the first user message; roles must alternate.
        """
        {% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}
        {% for message in loop_messages %}
            {% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}
            {% if loop.index0 == 0 and system_message != false %}
                {% set content = '<<SYS>>\n' + system_message + '\n<</SYS>>\n\n' + message['content'] %}
            {% else %}
                {% set content = message['content'] %}
            {% endif %}
            {% if message['role'] == 'user' %}
                {{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}
            {% elif message['role'] == 'assistant' %}
                {{ ' ' + content | trim + ' ' + eos_token }}
            {% endif %}
        {% endfor %}
        """,

        // Llama 3: a header a message, everything trimmed, dates and tools that may be undefined.
        """
        {{- bos_token }}
        {%- if not date_string is defined %}
            {%- set date_string = "26 Jul 2024" %}
        {%- endif %}
        {%- if messages[0]['role'] == 'system' %}
            {%- set system_message = messages[0]['content']|trim %}
            {%- set messages = messages[1:] %}
        {%- else %}
            {%- set system_message = "" %}
        {%- endif %}
        {#- The system message. #}
        {{- "<|start|>system<|end|>\n\n" }}
        {%- if tools is not none and tools is defined %}{{- "Environment: tools\n" }}{%- endif %}
        {{- "Today: " + date_string + "\n\n" }}
        {{- system_message }}
        {{- "<|eot|>" }}
        {%- for message in messages %}
            {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
                {{- '<|start|>' + message['role'] + '<|end|>\n\n'+ message['content'] | trim + '<|eot|>' }}
            {%- elif message.role == "tool" %}
                {{- message.content | tojson }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|start|>assistant<|end|>\n\n' }}
        {%- endif %}
        """,

        // Mistral: a namespace counts, selectattr finds the last user message.
        """
        {%- if messages[0]["role"] == "system" %}
            {%- set system_message = messages[0]["content"] %}
            {%- set loop_messages = messages[1:] %}
        {%- else %}
            {%- set loop_messages = messages %}
        {%- endif %}
        {%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
        {%- set ns = namespace(index=0, last='') %}
        {%- for message in loop_messages %}
            {%- if not (message.role == "tool" or (message.tool_calls is defined and message.tool_calls is not none)) %}
                {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
                    {{- raise_exception("conversation roles must alternate") }}
                {%- endif %}
                {%- set ns.index = ns.index + 1 %}
                {%- set ns.last = message.role %}
            {%- endif %}
        {%- endfor %}
        {{- bos_token }}
        {%- for message in loop_messages %}
            {%- if message["role"] == "user" %}
                {%- if (message == user_messages[-1]) and system_message is defined %}
                    {{- "[INST] " + system_message + "\n\n" + message["content"] + "[/INST]" }}
                {%- else %}
                    {{- "[INST] " + message["content"] + "[/INST]" }}
                {%- endif %}
            {%- elif message["role"] == "assistant" %}
                {{- " " + message["content"]|trim + eos_token }}
            {%- endif %}
        {%- endfor %}
        {{- ns.index }}{{ ns.last }}{{ user_messages | length }}
        """,

        // Qwen 3: a reversed walk with a namespace, splitting off the thoughts.
        """
        {%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
        {%- for message in messages[::-1] %}
            {%- set index = (messages|length - 1) - loop.index0 %}
            {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool>') and message.content.endswith('</tool>')) %}
                {%- set ns.multi_step_tool = false %}
                {%- set ns.last_query_index = index %}
            {%- endif %}
        {%- endfor %}
        {%- for message in messages %}
            {%- if message.content is string %}{%- set content = message.content %}{%- else %}{%- set content = '' %}{%- endif %}
            {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
                {{- '<|im_start|>' + message.role + '\n' + content + '<|im_end|>' + '\n' }}
            {%- elif message.role == "assistant" %}
                {%- set reasoning_content = '' %}
                {%- if '</think>' in content %}
                    {%- set reasoning_content = content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}
                    {%- set content = content.split('</think>')[-1].lstrip('\n') %}
                {%- endif %}
                {%- if loop.index0 > ns.last_query_index or loop.last or (not loop.last and reasoning_content) %}
                    {{- '<|im_start|>' + message.role + '\n<think>\n' + reasoning_content.strip('\n') + '\n</think>\n\n' + content.lstrip('\n') }}
                {%- else %}
                    {{- '<|im_start|>' + message.role + '\n' + content }}
                {%- endif %}
                {{- '<|im_end|>\n' }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|im_start|>assistant\n' }}
            {%- if enable_thinking is defined and enable_thinking is false %}
                {{- '<think>\n\n</think>\n\n' }}
            {%- endif %}
        {%- endif %}
        """,

        // Gemma: the assistant is called model, the system message is folded in.
        """
        {{ bos_token }}{%- if messages[0]['role'] == 'system' -%}{%- set first_user_prefix = messages[0]['content'] + '\n\n' -%}{%- set loop_messages = messages[1:] -%}{%- else -%}{%- set first_user_prefix = "" -%}{%- set loop_messages = messages -%}{%- endif -%}
        {%- for message in loop_messages -%}
            {%- if (message['role'] == 'assistant') -%}{%- set role = "model" -%}{%- else -%}{%- set role = message['role'] -%}{%- endif -%}
            {{ '<start_of_turn>' + role + '\n' + (first_user_prefix if loop.first else "") }}
            {%- if message['content'] is string -%}
                {{ message['content'] | trim }}
            {%- elif message['content'] is iterable -%}
                {%- for item in message['content'] -%}{{ item['text'] | trim }}{%- endfor -%}
            {%- else -%}
                {{ raise_exception("Invalid content type") }}
            {%- endif -%}
            {{ '<end_of_turn>\n' }}
        {%- endfor -%}
        {%- if add_generation_prompt -%}{{'<start_of_turn>model\n'}}{%- endif -%}
        """,

        // Phi-3 and OLMo 2: plain branches, and what follows the last message.
        "{% for message in messages %}{% if message['role'] == 'system' %}{{'<|system|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'user' %}{{'<|user|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'assistant' %}{% if not loop.last %}{{ '<|assistant|>\n'  + message['content'] + eos_token + '\n' }}{% else %}{{ '<|assistant|>\n'  + message['content'] + eos_token }}{% endif %}{% endif %}{% if loop.last and add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}{% endfor %}",

        // Granite: a macro, a block set, dictionary walks.
        """
        {%- macro turn(role, text, end='<|end_of_text|>') -%}
        <|start_of_role|>{{ role }}<|end_of_role|>{{ text }}{{ end }}
        {% endmacro -%}
        {%- set table = {'user': 'U', 'assistant': 'A', 'system': 'S'} -%}
        {% set header %}
        roles:{% for name, short in table.items() %} {{ name }}={{ short }}{% if not loop.last %},{% endif %}{% endfor %}
        {% endset %}
        {{ header | trim }}
        {% for message in messages if message.role in table %}
        {{ turn(table[message.role], message.content, end='|' ~ loop.index) }}
        {% else %}
        none
        {% endfor %}
        {% if add_generation_prompt %}<|start_of_role|>assistant<|end_of_role|>{% endif %}
        """,
    ];

    /// <summary>Expressions over the names d (dictionary), s (text), l (list) and messages.</summary>
    public static IReadOnlyList<string> Expressions { get; } =
    [
        "1 + 2 * 3 - 4", "7 // 2", "7 % 3", "(1 + 2) * 3", "10 / 4", "-3 + 5",
        "'a' ~ 1 ~ 'b'", "'x' + 'y'", "1 if true else 2", "1 if false else 2", "'' or 'fallback'", "'a' and 'b'", "not true", "not l", "1 < 2", "2 >= 2 and 3 != 4",
        "s.strip()", "s.lower()", "s.upper()", "s.title()", "s | trim", "s | length", "s | upper", "s | lower", "s | title", "s | replace('e', 'E')",
        "s.replace('Te', 'be')", "s.split()", "s.split() | join('-')", "s.strip().split(' ', 1)", "'a,b,c'.split(',')", "'a,b,c'.split(',')[1]", "s.startswith(' S')", "s.endswith('x')", "'abc'[1:]", "'abc'[-1]", "'abcdef'[::2]", "'abcdef'[::-1]", "'abcdef'[4:1:-1]",
        "l[0]", "l[-1]", "l[1:]", "l[:2]", "l[::-1]", "l | first", "l | last", "l | length", "l | sort", "l | join(', ')", "l | list", "l | reverse | list", "l + [9]", "3 in l", "5 not in l",
        "d.a", "d['a']", "d.b[2].c", "d.get('a')", "d.get('z', 'no')", "d.n is none", "d.z is defined", "d.a is defined", "'a' in d", "d | length", "d | tojson", "d.b | tojson", "d | tojson(indent=2)", "s | tojson", "'\\\"q\\\" \\\\ \\n é' | tojson", "d.items() | list | length", "d | items | list | length", "d.keys() | list", "d | dictsort | list | length",
        "messages | map(attribute='role') | join(',')", "messages | selectattr('role', 'equalto', 'user') | list | length", "messages | rejectattr('role', 'equalto', 'user') | map(attribute='content') | list | length", "messages | selectattr('role') | list | length", "messages[0].role", "messages[-1]['content']", "(messages | last).role",
        "d.zz | default('dflt')", "'' | default('x')", "'' | default('x', true)", "'12' | int + 1", "'x' | int", "'1.5' | float", "3.7 | int", "5 | string + 'x'", "2.5", "true", "none", "[1, 'a', none, true]", "{'a': [1, 'x']}",
        "1 is number", "'a' is string", "l is iterable", "d is mapping", "l is mapping", "l is sequence", "2 is even", "3 is odd", "none is none", "true is boolean", "1 is integer", "'abc' is lower", "'ABC' is upper", "undefined_name is undefined", "1 is not none",
        "range(3) | list", "range(1, 7, 2) | list", "namespace(a=1, b='x').b", "'a' 'b'", "(1, 2, 3) | length", "'%' ~ '}'", "{'x': {'y': 1}}.x.y", "'one\\ttwo'", "l | unique | list", "'  indent me\\nplease' | indent(2)", "-l[0]", "(l | length) - 1", "1 == 1.0", "d == {'a': 1}", "s.rstrip()", "s.lstrip()",
    ];
}
