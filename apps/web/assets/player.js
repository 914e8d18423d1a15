// Plays a ticket of POST /playback/{video_id}/sessions with shaka-player: encrypted DASH, a licence
// by playback token, and delivery tokens that every heartbeat replaces.
(() => {
  const { NetworkingEngine } = shaka.net;

  class MarqueePlayer {
    constructor(video) {
      shaka.polyfill.installAll();
      this.video = video;
      this.player = new shaka.Player();
      this.ready = this.player.attach(video);
      this.player.getNetworkingEngine().registerRequestFilter((type, request) => {
        if (type === NetworkingEngine.RequestType.LICENSE) {
          request.headers['Authorization'] = `Bearer ${this.ticket.drm.token}`;
        } else {
          const fresh = `/t/${this.ticket.delivery_token}/`;
          request.uris = request.uris.map((uri) => uri.replace(/\/t\/[^/]+\//, fresh));
        }
      });
    }

    async load(ticket) {
      this.ticket = ticket;
      await this.ready;
      this.player.configure({
        drm: { servers: { 'org.w3.clearkey': new URL(ticket.drm.clearkey, location).href } },
        streaming: { bufferingGoal: 12 },
      });
      await this.player.load(ticket.manifests.dash_clearkey || ticket.manifests.dash, 0);
    }

    renew(ticket) {
      this.ticket = ticket;
    }

    async unload() {
      await this.player.unload();
    }
  }

  const within = (promise, milliseconds, what) => Promise.race([
    promise,
    new Promise((_, reject) => setTimeout(() => reject(new Error(what)), milliseconds)),
  ]);

  const firstFrame = (video) => new Promise((resolve) => video.requestVideoFrameCallback(resolve));

  // For tests and benchmarks: plays until a position and says what happened.
  async function measure({ ticket, until, limit }) {
    const video = document.createElement('video');
    video.muted = true;
    document.body.append(video);
    const own = new MarqueePlayer(video);
    const errors = [];
    const failed = new Promise((_, reject) => own.player.addEventListener('error', (event) => {
      errors.push(event.detail.code);
      reject(event.detail);
    }));
    failed.catch(() => {});
    try {
      const began = performance.now();
      const frame = firstFrame(video).then(() => performance.now() - began);
      await own.load(ticket);
      video.play().catch(() => {});
      const first = await within(Promise.race([frame, failed]), limit, 'no frame');
      while (video.currentTime < until && errors.length === 0) {
        if (performance.now() - began > limit) throw new Error('stalled');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const quality = video.getVideoPlaybackQuality();
      return {
        first_frame_ms: first,
        position: video.currentTime,
        frames: quality.totalVideoFrames,
        height: video.videoHeight,
        heights: own.player.getVariantTracks().map((track) => track.height),
        error: errors[0] ?? null,
      };
    } catch (error) {
      return { error: error.code ?? error.message, status: error.data?.[1] ?? null, codes: errors };
    } finally {
      await own.player.destroy();
      video.remove();
    }
  }

  window.MarqueePlayer = MarqueePlayer;
  window.marquee = { measure };
})();
