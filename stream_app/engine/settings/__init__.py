"""The tables of pipeline.toml, a model each; `stream_app.engine.pipeline` puts them together."""
