#!/usr/bin/env bash
# Ruby on Rails (Debian's): a controller as `rails generate scaffold --api` writes it, on SQLite. The column `lock_version` switches
# Active Record's optimistic locking on; Rails itself answers 409 where it is stale. `start PORT FILE` takes the controller of FILE instead, for the
# recipe of docs/guide/servers.md.
NAME=rails; . "$(dirname "$0")/_lib.sh"
do_install() { lab_deb rails ruby ruby-railties ruby-activerecord ruby-sqlite3 ruby-minitest puma; }
do_start() {
  local d=$LAB/rails m run=$LAB/rails/run-$PORT; lab_deb_env rails
  m=$(gcc -print-multiarch 2>/dev/null || echo x86_64-linux-gnu)
  export RUBYLIB=$d/usr/lib/ruby/vendor_ruby:$d/usr/lib/ruby/3.1.0:$d/usr/lib/$m/ruby/3.1.0:$d/usr/lib/$m/ruby/vendor_ruby/3.1.0
  export GEM_PATH=$d/usr/share/rubygems-integration/all:$d/usr/share/rubygems-integration/3.1.0:$d/usr/lib/$m/rubygems-integration/3.1.0
  export RECIPE=${1:-}
  rm -rf "$run"; mkdir -p "$run"; cd "$run"
  cat > lab.rb <<'R'
require "action_controller/railtie"
require "active_record/railtie"

class Lab < Rails::Application
  config.load_defaults 6.1
  config.root = Dir.pwd
  config.eager_load = false
  config.consider_all_requests_local = false
  config.secret_key_base = "only here"
  config.hosts.clear
  config.log_level = :warn
  config.logger = Logger.new($stderr)
  config.api_only = true
  # Rails has no CORS of its own.
  config.middleware.insert_before 0, Class.new {
    def initialize(app) = @app = app
    def call(env)
      origin = env["HTTP_ORIGIN"]
      return @app.call(env) unless origin&.match?(%r{\Ahttp://127\.0\.0\.1(:\d+)?\z})
      own = { "Access-Control-Allow-Origin" => origin, "Access-Control-Expose-Headers" => "ETag, Location" }
      if env["REQUEST_METHOD"] == "OPTIONS"
        return [204, own.merge("Access-Control-Allow-Methods" => "GET, POST, PUT, PATCH, DELETE", "Access-Control-Allow-Headers" => "content-type, if-match, if-none-match"), []]
      end
      status, headers, body = @app.call(env)
      own["Vary"] = [headers["Vary"], "Origin"].compact.join(", ")
      [status, headers.merge(own), body]
    end
  }
end

ENV["DATABASE_URL"] = "sqlite3:#{Dir.pwd}/lab.sqlite3"
Lab.initialize!
ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do
  create_table :notes do |t|
    t.string :title
    ENV["RECIPE"].empty? ? t.integer(:n) : t.boolean(:done)
    t.integer :lock_version
    t.timestamps
  end
end

class Note < ActiveRecord::Base
  validates :title, length: { maximum: 100 }
end

ActionController::API.wrap_parameters format: [:json]
if ENV["RECIPE"].empty?
  class NotesController < ActionController::API
    before_action :set_note, only: %i[show update destroy]

    def show = render(json: @note)

    def create
      @note = Note.new(note_params)
      if @note.save
        render json: @note, status: :created, location: @note
      else
        render json: @note.errors, status: :unprocessable_entity
      end
    end

    def update
      if @note.update(note_params)
        render json: @note
      else
        render json: @note.errors, status: :unprocessable_entity
      end
    end

    def destroy = @note.destroy

    private

    def set_note = @note = Note.find(params[:id])
    def note_params = params.require(:note).permit(:title, :n, :lock_version)
  end
else
  require ENV["RECIPE"]
  Note.create!(id: 7, title: "Shopping", done: false)
end

Lab.routes.draw { resources :notes, only: %i[show create update destroy] }
R
  say "http://127.0.0.1:$PORT/notes"
  printf 'require "%s/lab"\nrun Rails.application\n' "$run" > config.ru
  exec ruby "$d/usr/bin/puma" --quiet --environment production --threads 1:4 --bind "tcp://127.0.0.1:$PORT" config.ru
}
lab_main "$@"
